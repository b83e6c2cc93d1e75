//! `httpd`: the HTTP server of this process. Modules register a path and a handler while starting; the
//! server runs on a thread of its own, so that no worker ever waits for an HTTP client.
#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use sipc_engine::bindings::Binding;
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::shared::Shared;
use tokio::net::TcpListener;

/// Requests that carry a command.
pub const POST: Method = Method::POST;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "httpd", init };

/// No functions.
pub static BINDINGS: &[Binding] = &[];

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

/// Connections at a time; further ones wait in the listen queue.
const CONNECTIONS_MAX: usize = 256;

/// Answers a request for a path: the body and its Content-Type, when they are there.
pub type Handler = fn(&Shared, &[u8]) -> Answer;

/// What a handler will answer.
pub type Answer = Pin<Box<dyn Future<Output = (String, &'static str)> + Send>>;

/// A path and what answers it.
struct Path {
    root: String,
    method: Method,
    handler: Handler,
}

/// The module's parameters and the paths of other modules.
pub struct Httpd {
    address: SocketAddr,
    body_max: usize,
    idle: Duration,
    paths: Mutex<Vec<Path>>,
}

impl Httpd {
    fn find(&self, root: &str) -> Option<(Method, Handler)> {
        self.paths.lock().iter().find(|p| p.root == root).map(|p| (p.method.clone(), p.handler))
    }
}

fn init(setup: &mut Setup) -> InitResult {
    let port = setup.int("httpd", "port", 8888);
    let port = u16::try_from(port).map_err(|_| format!("port {port} is not a port"))?;
    let ip = setup.text("httpd", "ip").unwrap_or_else(|| "127.0.0.1".into());
    let ip: IpAddr = ip.parse().map_err(|_| format!("ip {ip} is not an address"))?;
    let httpd = Httpd {
        address: SocketAddr::new(ip, port),
        body_max: usize::try_from(setup.int("httpd", "post_buf_size", 1 << 20)).unwrap_or(1 << 20).max(1024),
        idle: Duration::from_secs(u64::try_from(setup.int("httpd", "conn_timeout", 30)).unwrap_or(30).max(1)),
        paths: Mutex::default(),
    };
    setup.share(Arc::new(httpd));
    setup.command("httpd:list_root_path", list_root_path);
    setup.hooks.services.push(serve);
    Ok(())
}

/// Registers what answers `/root`.
pub fn register(setup: &Setup, root: &str, method: Method, handler: Handler) -> InitResult {
    let httpd = setup.state::<Httpd>().ok_or("httpd must be loaded before")?;
    httpd.paths.lock().push(Path { root: root.trim_matches('/').to_owned(), method, handler });
    Ok(())
}

fn list_root_path(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    let roots =
        shared.state::<Httpd>().map(|h| h.paths.lock().iter().map(|p| p.root.clone()).collect::<Vec<_>>());
    let roots: Vec<Json> = roots.unwrap_or_default().into_iter().map(|r| json!({ "http_root": r })).collect();
    Ok(json!({ "http_root": roots }))
}

fn serve(shared: &Arc<Shared>) -> InitResult {
    let Some(httpd) = shared.state::<Httpd>() else { return Ok(()) };
    let address = httpd.address;
    let listener = std::net::TcpListener::bind(address).map_err(|e| match e.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("httpd cannot listen on {address}: another program uses the port")
        }
        _ => format!("httpd cannot listen on {address}: {e}"),
    })?;
    listener.set_nonblocking(true).map_err(|e| format!("httpd: {e}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("httpd: {e}"))?;
    let shared = shared.clone();
    let thread = std::thread::Builder::new().name("httpd".into());
    let run = move || {
        if let Err(e) = runtime.block_on(accept(listener, &shared)) {
            shared.log.message(Level::Error, "httpd:accept", format_args!("{e}"));
        }
    };
    thread.spawn(run).map(drop).map_err(|e| format!("httpd: {e}"))
}

async fn accept(listener: std::net::TcpListener, shared: &Arc<Shared>) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let places = Arc::new(tokio::sync::Semaphore::new(CONNECTIONS_MAX));
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            loop {
                let Ok(place) = places.clone().acquire_owned().await else { return Ok(()) };
                // a connection that ended before it was taken is no reason to stop
                let Ok((stream, _)) = listener.accept().await else { continue };
                let shared = shared.clone();
                tokio::task::spawn_local(async move {
                    connection(TokioIo::new(stream), shared).await;
                    drop(place);
                });
            }
        })
        .await
}

async fn connection(stream: TokioIo<tokio::net::TcpStream>, shared: Arc<Shared>) {
    let idle = shared.state::<Httpd>().map_or(Duration::from_secs(30), |h| h.idle);
    let service = service_fn(move |request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(respond(&shared, request).await) }
    });
    // a broken connection concerns its client only
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .serve_connection(stream, service)
        .await;
}

async fn respond(shared: &Shared, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let Some(httpd) = shared.state::<Httpd>() else { return plain(StatusCode::SERVICE_UNAVAILABLE, "") };
    let Some((method, handler)) = httpd.find(request.uri().path().trim_matches('/')) else {
        return plain(StatusCode::NOT_FOUND, "not found\n");
    };
    if *request.method() != method {
        let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
        if let Ok(value) = method.as_str().parse() {
            refused.headers_mut().insert(ALLOW, value);
        }
        return refused;
    }
    let read = Limited::new(request.into_body(), httpd.body_max).collect();
    match tokio::time::timeout(httpd.idle, read).await {
        Ok(Ok(body)) => {
            let (text, content_type) = handler(shared, &body.to_bytes()).await;
            let mut response = plain(StatusCode::OK, text);
            response
                .headers_mut()
                .insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(content_type));
            response
        }
        Ok(Err(_)) => plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long or broken\n"),
        Err(_) => plain(StatusCode::REQUEST_TIMEOUT, "the body did not come\n"),
    }
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response
}
