"""Where reports are filed. One file a place."""
