"""Commands run in an environment and watched."""
