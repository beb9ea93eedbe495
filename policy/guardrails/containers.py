"""The config keys of the program for each container and each secret of a workspace.

The pack works in repositories without the program, so it has this table of its own. Containers
have the names that chart 7.0.2 gives them. Written by `make generate`; don't edit it.
"""

# By the container's name:
#   service: the service that it runs, as config keys name it; empty for a helper container
#   image: the key that decides its image
#   resources: the key that decides its requests and limits
CONTAINERS = {
    "rocketchat": {
        "service": "rocketchat",
        "image": "image.tag",
        "resources": "services.rocketchat.resources",
    },
    "presence-service": {
        "service": "presence",
        "image": "image.tag",
        "resources": "services.presence.resources",
    },
    "ddp-streamer": {
        "service": "ddpStreamer",
        "image": "image.tag",
        "resources": "services.ddpStreamer.resources",
    },
    "account-service": {
        "service": "account",
        "image": "image.tag",
        "resources": "services.account.resources",
    },
    "authorization-service": {
        "service": "authorization",
        "image": "image.tag",
        "resources": "services.authorization.resources",
    },
    "queue-worker-service": {
        "service": "queueWorker",
        "image": "image.tag",
        "resources": "services.queueWorker.resources",
    },
    "omnichannel-transcript-service": {
        "service": "omnichannelTranscript",
        "image": "image.tag",
        "resources": "services.omnichannelTranscript.resources",
    },
    "nats": {
        "service": "nats",
        "image": "values.nats.nats.image",
        "resources": "services.nats.resources",
    },
    "reloader": {
        "service": "",
        "image": "values.nats.reloader.image",
        "resources": "values.nats.reloader.resources",
    },
    "metrics": {
        "service": "",
        "image": "values.nats.exporter.image",
        "resources": "values.nats.exporter.resources",
    },
    "nats-box": {
        "service": "",
        "image": "values.nats.natsbox.image",
        "resources": "values.nats.natsbox.resources",
    },
}

# By the environment variable's name: the secret key that sets it.
SECRET_KEYS = {
    "TRANSPORTER": "natsUrl",
    "NATS_URL": "natsUrl",
    "MONGO_URL": "mongodbUrl",
    "ROCKETCHAT_LICENSE": "license",
    "REG_TOKEN": "registrationToken",
    "MAIL_URL": "smtpPassword",
    "MONGO_OPLOG_URL": "mongodbUrl",
}
