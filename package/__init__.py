"""The package `rocketchat`, for programs in every language that Pulumi has."""
