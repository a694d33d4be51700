package main

import "parley/backend/desktop"

type notifier = desktop.Notifier
