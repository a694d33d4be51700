//go:build !linux

package media

import "context"

func screens() ([]Screen, error) { return nil, ErrNoScreens }

func openScreen(context.Context, string, int) (source, error) { return nil, ErrNoScreens }
