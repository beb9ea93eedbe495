"""What an operator gives, and what it means."""
