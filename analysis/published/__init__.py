"""Published results beside ours, prospects and citations."""
