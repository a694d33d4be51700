// Package settings is what the window's settings page asks: every setting there
// is, what set it, and changes to the config file.
package settings

import (
	"os"
	"reflect"
	"sync"

	"parley/backend/config"
	"parley/backend/desktop"
)

// Page is bound to the webview. Its errors are in plain words, with the line of
// the file where there is one.
type Page struct {
	mu      sync.Mutex // one change at a time
	running config.Config
	environ []string
}

// New is the page of a program that runs with c.
func New(c config.Config) *Page { return &Page{running: c, environ: os.Environ()} }

// View is the page as it stands.
type View struct {
	Path         string `json:"path"` // of the config file
	Items        []Item `json:"items"`
	StartAtLogin bool   `json:"startAtLogin"`
	// LoginProblem tells why it is not known whether Parley starts at login.
	LoginProblem string `json:"loginProblem,omitempty"`
}

// Item is one setting as it is written now.
type Item struct {
	config.Item
	// Restart: the program runs with another value, until it is started again.
	Restart bool `json:"restart"`
}

// Settings is the page as it stands now.
func (p *Page) Settings() (View, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.view()
}

// ChangeSettings writes into the config file, all or nothing.
func (p *Page) ChangeSettings(changes []config.Change) (View, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := config.Edit(p.running.Path, p.environ, changes...); err != nil {
		return View{}, err
	}
	return p.view()
}

// StartAtLogin has the desktop start Parley when its user logs in; or not.
func (p *Page) StartAtLogin(on bool) (View, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := desktop.SetStartAtLogin(on); err != nil {
		return View{}, err
	}
	return p.view()
}

func (p *Page) view() (View, error) {
	written := p.running
	if _, err := os.Stat(p.running.Path); err == nil {
		if written, err = config.Load(p.running.Path, nil, p.environ); err != nil {
			return View{}, err
		}
	}
	v := View{Path: p.running.Path}
	runs := p.running.List()
	for i, item := range written.List() {
		if runs[i].Source == config.FromFlag {
			v.Items = append(v.Items, Item{Item: runs[i]})
			continue
		}
		v.Items = append(v.Items, Item{Item: item, Restart: !reflect.DeepEqual(item.Value, runs[i].Value)})
	}
	var err error
	if v.StartAtLogin, err = desktop.StartsAtLogin(); err != nil {
		v.LoginProblem = err.Error()
	}
	return v, nil
}
