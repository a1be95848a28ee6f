"""The Dear ImGui panel: reads the session and shows its numbers; it changes nothing itself."""
