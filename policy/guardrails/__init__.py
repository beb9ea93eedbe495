"""Guard rails for stacks that run Rocket.Chat."""
