//! `sipc lsp`: a language server on standard input and output, for any editor that speaks the protocol.
//!
//! | File | What |
//! |---|---|
//! | `documents` | what is open in the editor, over what is on disk; places in texts |
//! | `findings` | diagnostics |
//! | `place` | what stands at the cursor: for hover and definitions |
//! | `completion` | what could stand there |
//! | `routes` | where routes are defined |

mod completion;
mod documents;
mod findings;
mod place;
mod routes;

use std::process::ExitCode;

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument, Notification as _,
};
use lsp_types::request::{Completion, Formatting, GotoDefinition, HoverRequest, Request as _};
use lsp_types::{
    CompletionOptions, DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    Hover, HoverContents, HoverProviderCapability, MarkupContent, MarkupKind, OneOf, ServerCapabilities,
    TextDocumentPositionParams, TextDocumentSyncCapability, TextDocumentSyncKind, TextEdit,
};
use serde_json::Value;
use sipc_compiler::values::Values;

use documents::Documents;
use findings::Findings;

/// Exit status 1 when the editor breaks the protocol.
pub fn lsp() -> ExitCode {
    let (connection, threads) = Connection::stdio();
    // after a breach of the protocol the reading thread may wait for ever: it ends with the process
    match serve(connection).and_then(|()| threads.join().map_err(|e| e.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn serve(connection: Connection) -> Result<(), String> {
    let capabilities = serde_json::to_value(capabilities()).map_err(|e| e.to_string())?;
    let asked = connection.initialize(capabilities).map_err(|e| e.to_string())?;
    let mut server = Server {
        connection,
        documents: Documents::default(),
        findings: Findings::default(),
        values: values(&asked)?,
    };
    server.run()
}

fn capabilities() -> ServerCapabilities {
    let signs = ["$", "{", "\"", "("].map(str::to_owned).to_vec();
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::FULL)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(signs),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Site values: `initializationOptions.define`, a list of `NAME=VALUE`, then the environment.
fn values(asked: &Value) -> Result<Values, String> {
    let list = asked["initializationOptions"]["define"].as_array();
    let define: Vec<String> =
        list.into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect();
    crate::script::values(&define)
}

struct Server {
    connection: Connection,
    documents: Documents,
    findings: Findings,
    values: Values,
}

impl Server {
    fn run(&mut self) -> Result<(), String> {
        while let Ok(message) = self.connection.receiver.recv() {
            match message {
                Message::Request(request) => {
                    if self.connection.handle_shutdown(&request).map_err(|e| e.to_string())? {
                        return Ok(());
                    }
                    let response = self.answer(request);
                    self.send(Message::Response(response))?;
                }
                Message::Notification(notification) => self.note(notification)?,
                Message::Response(_) => {}
            }
        }
        Ok(())
    }

    fn send(&self, message: Message) -> Result<(), String> {
        self.connection.sender.send(message).map_err(|e| e.to_string())
    }

    fn answer(&self, request: Request) -> Response {
        let Request { id, method, params } = request;
        let result = match method.as_str() {
            HoverRequest::METHOD => at(&params).map(|at| self.hover(&at)),
            Completion::METHOD => at(&params).map(|at| self.complete(&at)),
            GotoDefinition::METHOD => at(&params).map(|at| self.definition(&at)),
            Formatting::METHOD => Ok(self.format(params["textDocument"]["uri"].as_str().unwrap_or_default())),
            _ => {
                let message = format!("{method} is not served");
                return Response::new_err(id, ErrorCode::MethodNotFound as i32, message);
            }
        };
        match result {
            Ok(value) => Response::new_ok(id, value),
            Err(message) => Response::new_err(id, ErrorCode::InvalidParams as i32, message),
        }
    }

    fn note(&mut self, notification: Notification) -> Result<(), String> {
        let Notification { method, params } = notification;
        // a notification that cannot be read is passed over: nobody waits for an answer
        match method.as_str() {
            DidOpenTextDocument::METHOD => {
                if let Ok(p) = serde_json::from_value::<DidOpenTextDocumentParams>(params) {
                    self.documents.set(p.text_document.uri.as_str(), p.text_document.text);
                    return self.check(p.text_document.uri.as_str());
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Ok(mut p) = serde_json::from_value::<DidChangeTextDocumentParams>(params)
                    && let Some(change) = p.content_changes.pop()
                {
                    self.documents.set(p.text_document.uri.as_str(), change.text);
                    return self.check(p.text_document.uri.as_str());
                }
            }
            DidSaveTextDocument::METHOD => {
                if let Some(uri) = params["textDocument"]["uri"].as_str() {
                    return self.check(uri);
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Ok(p) = serde_json::from_value::<DidCloseTextDocumentParams>(params) {
                    self.documents.close(p.text_document.uri.as_str());
                    let change = findings::Change::closed(&mut self.findings, p.text_document.uri.as_str());
                    return self.publish(change);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Checks the script that a document belongs to.
    fn check(&mut self, uri: &str) -> Result<(), String> {
        let change = findings::check(&mut self.findings, &self.documents, &self.values, uri);
        self.publish(change)
    }

    fn publish(&self, change: findings::Change) -> Result<(), String> {
        for params in change.published {
            let params = serde_json::to_value(params).map_err(|e| e.to_string())?;
            let method = "textDocument/publishDiagnostics".to_owned();
            self.send(Message::Notification(Notification { method, params }))?;
        }
        Ok(())
    }

    fn hover(&self, at: &TextDocumentPositionParams) -> Value {
        let Some(text) = self.documents.text(at.text_document.uri.as_str()) else { return Value::Null };
        let offset = documents::offset(&text, at.position);
        let Some((range, names)) = place::names(&text, offset) else { return Value::Null };
        let pages: Vec<String> = names.iter().flat_map(|name| crate::explain::pages(name)).collect();
        if pages.is_empty() {
            return Value::Null;
        }
        let value = format!("```text\n{}\n```", pages.join("\n\n"));
        let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
        let range = Some(documents::range(&text, range));
        serde_json::to_value(Hover { contents, range }).unwrap_or_default()
    }

    fn complete(&self, at: &TextDocumentPositionParams) -> Value {
        let uri = at.text_document.uri.as_str();
        let Some(text) = self.documents.text(uri) else { return Value::Null };
        let offset = documents::offset(&text, at.position);
        let routes = routes::all(&self.documents, self.findings.script_of(uri), &self.values);
        serde_json::to_value(completion::items(&text, offset, &routes)).unwrap_or_default()
    }

    fn definition(&self, at: &TextDocumentPositionParams) -> Value {
        let uri = at.text_document.uri.as_str();
        let Some(text) = self.documents.text(uri) else { return Value::Null };
        let offset = documents::offset(&text, at.position);
        let Some((kind, name)) = place::route(&text, offset) else { return Value::Null };
        let routes = routes::all(&self.documents, self.findings.script_of(uri), &self.values);
        let found = routes.into_iter().find(|r| r.kind == kind && r.name == name);
        found.and_then(|r| r.location).map_or(Value::Null, |l| serde_json::to_value(l).unwrap_or_default())
    }

    /// The whole document anew; nothing when it has faults.
    fn format(&self, uri: &str) -> Value {
        let Some(text) = self.documents.text(uri) else { return Value::Null };
        let Ok(laid_out) = sipc_compiler::format::format(uri, text.as_bytes()) else { return Value::Null };
        let new_text = String::from_utf8_lossy(&laid_out).into_owned();
        if new_text == text {
            return Value::Array(Vec::new());
        }
        let range = documents::range(&text, 0..text.len());
        serde_json::to_value(vec![TextEdit { range, new_text }]).unwrap_or_default()
    }
}

fn at(params: &Value) -> Result<TextDocumentPositionParams, String> {
    serde_json::from_value(params.clone()).map_err(|e| e.to_string())
}
