"""How each tool is asked a question of compatibility about a machine that is elsewhere."""
