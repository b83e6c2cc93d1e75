// JsSIP registers over a secure WebSocket, as a page in a browser does, and is asked a question over it.
//
//   node register.js wss://127.0.0.1:PORT sip:NAME@DOMAIN FOLDER_OF_MODULES
"use strict";
const [url, uri, modules] = process.argv.slice(2);
const WebSocket = require(`${modules}/ws`);
const JsSIP = require(`${modules}/jssip`);

// JsSIP's own socket wants the one of a browser; the certificate is of a day, and nobody's.
class Socket {
    constructor() {
        this.url = url;
        this.via_transport = "WSS";
        this.sip_uri = `sip:${new URL(url).host};transport=ws`;
        this.onconnect = this.ondisconnect = this.ondata = () => {};
    }
    connect() {
        this.ws = new WebSocket(url, "sip", { origin: "https://peers.test", rejectUnauthorized: false });
        this.ws.on("open", () => this.onconnect());
        this.ws.on("close", (code, reason) => this.ondisconnect(true, code, String(reason)));
        this.ws.on("error", (error) => console.log(`error ${error.message}`));
        this.ws.on("message", (data) => this.ondata(String(data)));
    }
    disconnect() { this.ws.close(); }
    isConnected() { return this.ws && this.ws.readyState === WebSocket.OPEN; }
    isConnecting() { return this.ws && this.ws.readyState === WebSocket.CONNECTING; }
    send(message) { this.ws.send(message); return true; }
}

const ua = new JsSIP.UA({ sockets: [new Socket()], uri, register: true, register_expires: 60, session_timers: false });
ua.on("registered", () => console.log("registered"));
ua.on("registrationFailed", (e) => { console.log(`failed ${e.cause}`); process.exit(1); });
ua.on("newMessage", (e) => {
    if (e.originator !== "remote") return;
    console.log(`message ${e.request.body}`);
    e.message.accept({});
});
ua.start();
setTimeout(() => { ua.stop(); setTimeout(() => process.exit(0), 500); }, 10000);
