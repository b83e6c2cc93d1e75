//! `sipc lsp` as a process, with the frames of an editor.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::support::Folder;
use serde_json::{Value, json};

/// An editor with one server.
struct Editor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    requests: u32,
}

impl Editor {
    fn start() -> Editor {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sipc"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was built with the test");
        let input = child.stdin.take().expect("stdin is piped");
        let output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut editor = Editor { child, input, output, requests: 0 };
        let asked =
            json!({ "capabilities": {}, "initializationOptions": { "define": ["ADDRESS=127.0.0.1"] } });
        let able = editor.request("initialize", asked);
        assert_eq!(able["capabilities"]["hoverProvider"], true);
        editor.notify("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the server reads");
        self.input.flush().expect("the server reads");
    }

    fn receive(&mut self) -> Value {
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            assert!(self.output.read_line(&mut line).expect("a frame") > 0, "the server has ended");
            match line.trim().split_once(": ") {
                Some(("Content-Length", n)) => length = n.parse().expect("a number"),
                Some(_) => {}
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.output.read_exact(&mut text).expect("a whole frame");
        serde_json::from_slice(&text).expect("JSON")
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.requests, "method": method, "params": params }));
        let answer = self.receive();
        assert_eq!(answer["id"], self.requests, "{answer}");
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].clone()
    }

    /// Opens a document; gives the diagnostics of it and of the files that it includes.
    fn open(&mut self, path: &str, text: &str, files: usize) -> Vec<Value> {
        let document = json!({ "uri": uri(path), "languageId": "opensips", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
        self.published(files)
    }

    fn change(&mut self, path: &str, text: &str, files: usize) -> Vec<Value> {
        let document = json!({ "uri": uri(path), "version": 2 });
        self.notify(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [{ "text": text }] }),
        );
        self.published(files)
    }

    fn published(&mut self, files: usize) -> Vec<Value> {
        let one = |message: Value| {
            assert_eq!(message["method"], "textDocument/publishDiagnostics", "{message}");
            message["params"].clone()
        };
        (0..files).map(|_| one(self.receive())).collect()
    }

    /// The answer about a place: that of `^` in the line, from 0.
    fn ask(&mut self, method: &str, path: &str, line: u32, character: u32) -> Value {
        let position = json!({ "line": line, "character": character });
        self.request(method, json!({ "textDocument": { "uri": uri(path) }, "position": position }))
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn uri(path: &str) -> String {
    format!("file://{path}")
}

const SCRIPT: &str = "socket = udp:${ADDRESS}:5060\nloadmodule \"proto_udp.so\"\nloadmodule \"tm.so\"\n\
    route {\n\troute(out, \"é\");\n\tt_on_failure(\"again\");\n}\nroute[out] { t_relay(); }\nfailure_route[again] { t_relay(); }\n";

#[test]
fn faults_are_shown_while_a_script_is_written() {
    let folder = Folder::new("lsp-faults");
    let path = folder.write("a.cfg", "");
    let mut editor = Editor::start();
    let good = editor.open(&path, SCRIPT, 1);
    assert_eq!((&good[0]["uri"], &good[0]["diagnostics"]), (&json!(uri(&path)), &json!([])), "{good:?}");
    let bad = editor.change(&path, &SCRIPT.replace("route(out,", "route(ot,"), 1);
    let found = &bad[0]["diagnostics"][0];
    assert_eq!(
        (&found["code"], &found["severity"], &found["source"]),
        (&json!("E0305"), &json!(1), &json!("sipc"))
    );
    assert_eq!(found["range"]["start"], json!({ "line": 4, "character": 7 }));
    assert!(
        found["message"].as_str().is_some_and(|m| m.contains("`route[out]` has a similar name")),
        "{found}"
    );
    assert_eq!(editor.change(&path, SCRIPT, 1)[0]["diagnostics"], json!([]));
}

#[test]
fn lines_that_are_read_otherwise_are_marked_as_a_whole() {
    let folder = Folder::new("lsp-older");
    let path = folder.write("a.cfg", "");
    let mut editor = Editor::start();
    let found = editor.open(&path, &format!("children=2 # two\n{SCRIPT}"), 1);
    let older = &found[0]["diagnostics"][0];
    assert_eq!((&older["code"], &older["severity"]), (&json!("W0701"), &json!(2)), "{found:?}");
    let line = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 16 } });
    assert_eq!(older["range"], line);
}

#[test]
fn names_are_explained_completed_and_followed() {
    let folder = Folder::new("lsp-names");
    let path = folder.write("a.cfg", "");
    let mut editor = Editor::start();
    editor.open(&path, SCRIPT, 1);
    let hover = editor.ask("textDocument/hover", &path, 7, 15);
    assert!(hover["contents"]["value"].as_str().is_some_and(|t| t.contains("t_relay([flags], [")), "{hover}");
    assert!(editor.ask("textDocument/hover", &path, 3, 7).is_null());
    let hover = editor.ask("textDocument/hover", &path, 3, 2);
    assert!(hover["contents"]["value"].as_str().is_some_and(|t| t.contains("route(NAME")), "{hover}");
    let route = editor.ask("textDocument/definition", &path, 4, 8);
    assert_eq!((&route["uri"], &route["range"]["start"]["line"]), (&json!(uri(&path)), &json!(7)));
    let route = editor.ask("textDocument/definition", &path, 5, 17);
    assert_eq!(route["range"]["start"]["line"], 8);
    let names = editor.ask("textDocument/completion", &path, 5, 15);
    assert_eq!(
        names.as_array().map(|n| n.iter().map(|i| i["label"].clone()).collect()),
        Some(vec![json!("again")])
    );
    let words = editor.ask("textDocument/completion", &path, 5, 1);
    assert!(words.as_array().is_some_and(|w| w.iter().any(|i| i["label"] == "t_relay")));
}

#[test]
fn included_files_belong_to_the_script_that_includes_them() {
    let folder = Folder::new("lsp-includes");
    let part = folder.write("part.cfg", "route[out] { t_relay(); }\n");
    let main = folder.write("main.cfg", "");
    let text = SCRIPT.replace("route[out] { t_relay(); }", "include_file \"part.cfg\"");
    let mut editor = Editor::start();
    let both = editor.open(&main, &text, 2);
    assert!(both.iter().all(|p| p["diagnostics"] == json!([])), "{both:?}");
    let found = editor.open(&part, "route[out] { nosuch(); }\n", 2);
    let of_part = found.iter().find(|p| p["uri"] == uri(&part).as_str()).expect("it is published");
    assert_eq!(of_part["diagnostics"][0]["code"], "E0301", "{found:?}");
    let route = editor.ask("textDocument/definition", &main, 4, 8);
    assert_eq!((&route["uri"], &route["range"]["start"]["line"]), (&json!(uri(&part)), &json!(0)));
}

#[test]
fn documents_are_laid_out_and_the_server_ends_when_asked() {
    let folder = Folder::new("lsp-format");
    let path = folder.write("a.cfg", "");
    let mut editor = Editor::start();
    editor.open(&path, "route{exit;}\n", 1);
    let document =
        json!({ "textDocument": { "uri": uri(&path) }, "options": { "tabSize": 8, "insertSpaces": false } });
    let edits = editor.request("textDocument/formatting", document);
    assert_eq!(edits[0]["newText"], "route {\n\texit;\n}\n");
    assert_eq!(edits[0]["range"]["end"], json!({ "line": 1, "character": 0 }));
    editor.send(&json!({ "jsonrpc": "2.0", "id": 99, "method": "textDocument/rename", "params": {} }));
    assert_eq!(editor.receive()["error"]["code"], -32601);
    assert!(editor.request("shutdown", Value::Null).is_null());
    editor.notify("exit", Value::Null);
    assert!(editor.child.wait().expect("it was started").success());
}
