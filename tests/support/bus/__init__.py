"""A real bus, and processes that speak on it as Rocket.Chat's services do."""
