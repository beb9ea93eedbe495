// Resolves the names in HOSTS, a JSON object of names and addresses, and no others: as a cluster's
// DNS does, which knows its own names and leads each to the addresses of its pods.
"use strict";

const dns = require("dns");
const net = require("net");

const hosts = JSON.parse(process.env.HOSTS);

function unknown(name) {
	return Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" });
}

dns.resolve4 = (name, done) => {
	const found = hosts[name];
	setImmediate(() => (found ? done(null, found) : done(unknown(name))));
};
dns.resolve6 = (name, done) => setImmediate(() => done(unknown(name)));
dns.lookup = (name, options, done) => {
	const callback = done || options;
	const found = net.isIP(name) ? [name] : hosts[name];
	const all = typeof options === "object" && options.all;
	setImmediate(() => {
		if (!found) callback(unknown(name));
		else if (all) callback(null, found.map(address => ({ address, family: 4 })));
		else callback(null, found[0], 4);
	});
};
