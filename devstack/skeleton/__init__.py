"""Writes a new gateway from templates: adapter, simulator dialect, contract case and page of documentation."""
