package chat

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxKept = 200 // bytes of a name; file systems take 255, and " (2)" and ".part" come to it
	maxDot  = 20  // bytes of what is an ending
	noName  = "file"
)

// Windows takes these for devices, whatever their ending
// (https://learn.microsoft.com/windows/win32/fileio/naming-a-file).
var reserved = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)$`)

// SafeName is the name under which a file that the other side calls so is
// shown and saved: one plain name on every system, that leads nowhere, hides
// nothing, and reads as it is.
func SafeName(theirs string) string {
	name := strings.ToValidUTF8(theirs, "")
	// Of a path what is last, whichever way its separators lean.
	name = path.Base("/" + strings.ReplaceAll(name, `\`, "/"))
	name = strings.TrimPrefix(name, "/")
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), // also what turns the line: "exe.fdp" that reads as "pdf.exe"
			unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r), unicode.Is(unicode.Co, r):
			return -1
		case strings.ContainsRune(`<>:"/|?*`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	name = strings.TrimLeft(name, ". ") // hidden, or the folder above
	name = strings.TrimRight(name, ". ")
	stem, ending := split(name)
	stem = strings.TrimRight(cut(stem, maxKept-len(ending)), ". ")
	if stem == "" {
		stem = noName
	}
	// "nul.tar.gz" is the device as well.
	if first, _, _ := strings.Cut(stem, "."); reserved.MatchString(strings.TrimRight(first, " ")) {
		stem = "_" + cut(stem, maxKept-len(ending)-1)
	}
	return stem + ending
}

// split parts a name from its ending, which begins with a dot.
func split(name string) (stem, ending string) {
	ending = path.Ext(name)
	if len(ending) < 2 || len(ending) > maxDot || len(ending) == len(name) {
		return name, ""
	}
	return strings.TrimSuffix(name, ending), ending
}

// cut takes whole characters off the end.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// numbered is the n-th name to try where there is a file of that name.
func numbered(name string, n int) string {
	if n < 2 {
		return name
	}
	stem, ending := split(name)
	return stem + " (" + strconv.Itoa(n) + ")" + ending
}
