package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// variables is an environment in the form of os.Environ.
type variables []string

// get is the last value of name, empty where there is none.
func (vs variables) get(name string) (value string) {
	for _, v := range vs {
		if k, val, ok := strings.Cut(v, "="); ok && k == name {
			value = val
		}
	}
	return value
}

// configPath is the config file: path, or PARLEY_CONFIG, or the default. named
// tells that somebody named it, so that it must be there.
func (vs variables) configPath(path string) (file string, named bool) {
	if path == "" {
		path = vs.get("PARLEY_CONFIG")
	}
	if path == "" {
		return vs.defaultPath(), false
	}
	return path, true
}

// defaultPath is $XDG_CONFIG_HOME/parley/config.toml, and without that variable
// the same below the system's own folder: ~/.config, ~/Library/Application
// Support, %AppData%. It is empty where the system names none.
func (vs variables) defaultPath() string {
	// A relative path is to be ignored: XDG Base Directory Specification.
	if dir := vs.get("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "parley", "config.toml")
	}
	if runtime.GOOS == "windows" {
		return vs.below("AppData", "parley", "config.toml")
	}
	if runtime.GOOS == "darwin" {
		return vs.below("HOME", "Library", "Application Support", "parley", "config.toml")
	}
	return vs.below("HOME", ".config", "parley", "config.toml")
}

// dataDir is $XDG_DATA_HOME/parley, and without that variable the same below
// ~/.local/share, ~/Library/Application Support, %LocalAppData%. It is empty where the system names none.
func (vs variables) dataDir() string {
	if dir := vs.get("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "parley")
	}
	if runtime.GOOS == "windows" {
		return vs.below("LocalAppData", "parley")
	}
	if runtime.GOOS == "darwin" {
		return vs.below("HOME", "Library", "Application Support", "parley")
	}
	return vs.below("HOME", ".local", "share", "parley")
}

// below is empty where the variable is.
func (vs variables) below(variable string, parts ...string) string {
	dir := vs.get(variable)
	if runtime.GOOS == "windows" && dir == "" {
		dir = os.Getenv(variable) // Windows does not mind the case of a name
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir}, parts...)...)
}
