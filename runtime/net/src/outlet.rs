//! Writing for other programs of this machine: into their named pipes, and to their Unix sockets.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use bytes::Bytes;
use sipc_engine::network::Outlet;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixDatagram;
use tokio::net::unix::pipe;
use tokio::time::timeout;

/// Writes all of a text; a reader who does not read is given up after so many seconds.
pub(crate) async fn write(to: Outlet, text: Bytes, seconds_max: u64) -> Result<(), String> {
    let path = match &to {
        Outlet::Pipe(path) | Outlet::Datagram(path) => path.clone(),
    };
    let wrote = timeout(Duration::from_secs(seconds_max), at_once(to, text)).await;
    let result = wrote.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "nobody reads it")));
    result.map_err(|e| format!("cannot write to {}: {e}", String::from_utf8_lossy(&path)))
}

async fn at_once(to: Outlet, text: Bytes) -> io::Result<()> {
    match to {
        // opening it fails at once when nobody has it open for reading
        Outlet::Pipe(path) => {
            pipe::OpenOptions::new().open_sender(OsStr::from_bytes(&path))?.write_all(&text).await
        }
        Outlet::Datagram(path) => {
            let socket = UnixDatagram::unbound()?;
            socket.connect(OsStr::from_bytes(&path))?;
            socket.send(&text).await.map(drop)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn directory(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("sipc-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        path
    }

    fn bytes(path: &std::path::Path) -> Bytes {
        Bytes::copy_from_slice(path.as_os_str().as_bytes())
    }

    #[tokio::test]
    async fn a_datagram_arrives_whole() {
        let path = directory("datagram").join("s");
        let reader = UnixDatagram::bind(&path).expect("a socket");
        let text = Bytes::from(vec![b'x'; 5000]);
        write(Outlet::Datagram(bytes(&path)), text.clone(), 2).await.expect("written");
        let mut buffer = [0; 9000];
        assert_eq!(reader.recv(&mut buffer).await.expect("a datagram"), text.len());
        drop(reader);
        let failed = write(Outlet::Datagram(bytes(&path)), text, 2).await;
        assert!(failed.is_err_and(|e| e.contains("refused")), "nobody listens any more");
        std::fs::remove_dir_all(path.parent().expect("its directory")).expect("removed");
    }

    #[tokio::test]
    async fn a_pipe_needs_a_reader() {
        let path = directory("pipe").join("p");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
        let text = Bytes::from_static(b"0.3\n");
        assert!(write(Outlet::Pipe(bytes(&path)), text.clone(), 2).await.is_err());
        let mut reader = pipe::OpenOptions::new().open_receiver(&path).expect("opened");
        write(Outlet::Pipe(bytes(&path)), text.clone(), 2).await.expect("written");
        let mut read = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut read).await.expect("read");
        assert_eq!(read, text);
        let full = write(Outlet::Pipe(bytes(&path)), Bytes::from(vec![0; 1 << 20]), 0).await;
        assert!(full.is_err_and(|e| e.contains("nobody reads it")));
        std::fs::remove_dir_all(path.parent().expect("its directory")).expect("removed");
    }
}
