import * as pulumi from "@pulumi/pulumi";
import { RocketChat } from "@pulumi/rocketchat";

const config = new pulumi.Config();
const chat = new RocketChat("chat", {
    host: "chat.example.com",
    namespace: "chat",
    mongodbUrl: config.requireSecret("mongodbUrl"),
    replicas: { ddpStreamer: 2 },
});

export const url = chat.url;
export const chartVersion = chat.chartVersion;
export const appVersion = chat.appVersion;
