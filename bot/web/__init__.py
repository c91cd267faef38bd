"""The inbound HTTP door: how the process is, for supervisors and metrics; later the routes of chats and the board."""
