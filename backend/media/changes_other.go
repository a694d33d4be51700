//go:build !linux

package media

import (
	"context"
	"errors"
)

// Changes is not there on this system.
func Changes(context.Context) (<-chan struct{}, error) { return nil, errors.ErrUnsupported }
