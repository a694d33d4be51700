//go:build !linux

package media

import "context"

func asks() bool { return false }

func screens() ([]Screen, error) { return nil, ErrNoScreens }

func openScreen(context.Context, string, int) (source, error) { return nil, ErrNoScreens }
