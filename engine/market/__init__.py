"""Order books of venues and the consolidated book."""
