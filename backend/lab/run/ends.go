//go:build linux

package main

import (
	"errors"
	"sync"
)

// ends are what ends the parts of a call. The last that began ends first.
type ends []func() error

func (e *ends) add(end func() error) { *e = append(*e, end) }

// Close ends all of them.
func (e *ends) Close() error {
	var errs []error
	for i := len(*e) - 1; i >= 0; i-- {
		errs = append(errs, (*e)[i]())
	}
	*e = nil
	return errors.Join(errs...)
}

// together does things side by side.
func together(things ...func() error) error {
	errs := make([]error, len(things))
	var all sync.WaitGroup
	for i, do := range things {
		all.Go(func() { errs[i] = do() })
	}
	all.Wait()
	return errors.Join(errs...)
}

// into keeps what get gives.
func into[T any](to *T, get func() (T, error)) func() error {
	return func() (err error) {
		*to, err = get()
		return err
	}
}
