"""Report → screen: the only folder that imports Textual."""
