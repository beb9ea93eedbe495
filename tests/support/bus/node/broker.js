// One process of a Rocket.Chat service, as far as the bus is concerned: a moleculer broker that reads
// the environment as Rocket.Chat's images do (ee/packages/network-broker, read at 8.6).
//
//     node broker.js NODE_ID IMAGE SERVICE...
//
// Reads requests from stdin and writes answers to stdout, each a line of JSON.
"use strict";

const readline = require("readline");
const { ServiceBroker } = require("moleculer");

const [nodeID, image, ...services] = process.argv.slice(2);
const environment = process.env;
const number = (name, standard) => parseInt(environment[name] || standard, 10);

function answer(message) {
	process.stdout.write(`${JSON.stringify(message)}\n`);
}

const broker = new ServiceBroker({
	nodeID,
	// The monolith takes its prefix off; the other services know none.
	transporter: image === "rocketchat"
		? environment.TRANSPORTER.replace(/^monolith\+/, "")
		: environment.TRANSPORTER,
	logger: { type: "Console", options: { level: environment.MOLECULER_LOG_LEVEL || "warn" } },
	requestTimeout: number("REQUEST_TIMEOUT", 60) * 1000,
	retryPolicy: {
		enabled: environment.RETRY_ENABLED === "true",
		retries: number("RETRY_RETRIES", 5),
		delay: number("RETRY_DELAY", 100),
		maxDelay: number("RETRY_MAX_DELAY", 1000),
		factor: number("RETRY_FACTOR", 2),
		check: error => Boolean(error && error.retryable)
	},
	heartbeatInterval: number("HEARTBEAT_INTERVAL", 10),
	heartbeatTimeout: number("HEARTBEAT_TIMEOUT", 30),
	registry: { preferLocal: environment.BALANCE_PREFER_LOCAL !== "false" }
});

for (const name of services) {
	broker.createService({ name, actions: { echo: context => ({ nodeID, said: context.params.say }) } });
}

const requests = {
	// Which services each node that this one knows of offers.
	services: () =>
		Object.fromEntries(
			broker.registry.nodes
				.list({ onlyAvailable: true, withServices: true })
				.map(node => [node.id, node.services.map(service => service.name)])
		),
	call: ({ action, params, options }) => broker.call(action, params, options)
};

broker.start().then(() => {
	answer({ started: nodeID });
	readline.createInterface({ input: process.stdin }).on("line", async line => {
		const { id, request, ...more } = JSON.parse(line);
		try {
			answer({ id, result: await requests[request](more) });
		} catch (error) {
			answer({ id, error: `${error.name}: ${error.message}` });
		}
	});
});
