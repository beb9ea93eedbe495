// One workspace, by the package `rocketchat`.
package main

import (
	"example.com/pulumi-rocketchat/sdk/go/rocketchat"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		chat, err := rocketchat.NewRocketChat(ctx, "chat", &rocketchat.RocketChatArgs{
			Host:       "chat.example.com",
			Namespace:  pulumi.StringRef("chat"),
			MongodbUrl: config.RequireSecret(ctx, "mongodbUrl"),
			Replicas:   &rocketchat.ReplicasArgs{DdpStreamer: pulumi.IntRef(2)},
		})
		if err != nil {
			return err
		}
		ctx.Export("url", chat.Url)
		ctx.Export("chartVersion", chat.ChartVersion)
		ctx.Export("appVersion", chat.AppVersion)
		return nil
	})
}
