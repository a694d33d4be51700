package rulestest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"parley/backend/signaling/firestore/emulator"
)

// span is an expression's place in the rules, in bytes, without the brackets
// that close it: the emulator leaves them out.
type span struct{ from, last int }

// seen is how often an expression was evaluated, and to what.
type seen struct{ true, false, failed, other int }

func (s seen) times() int { return s.true + s.false + s.failed + s.other }

// node is an expression in the emulator's report.
type node struct {
	Position struct {
		From int `json:"currentOffset"`
		Last int `json:"endOffset"`
	} `json:"sourcePosition"`
	Values []struct {
		Value map[string]json.RawMessage `json:"value"`
		Count int                        `json:"count"`
	} `json:"values"`
	Children []node `json:"children"`
}

func (n node) span() span { return span{n.Position.From, n.Position.Last} }

func (n node) seen() (s seen) {
	for _, v := range n.Values {
		switch {
		case string(v.Value["boolValue"]) == "true":
			s.true += v.Count
		case v.Value["boolValue"] != nil:
			s.false += v.Count
		case string(v.Value["undefined"]) == "{}":
			// It was not come to: the left side had decided.
		case v.Value["undefined"] != nil:
			s.failed += v.Count
		default:
			s.other += v.Count
		}
	}
	return s
}

// coverage is what was evaluated, by its place.
type coverage map[span]struct {
	seen seen
	leaf bool // a condition that holds no other condition
}

func readCoverage(ctx context.Context, e *emulator.Emulator, project string) (coverage, error) {
	b, err := e.Coverage(ctx, project)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Report []node `json:"report"`
	}
	if err := json.Unmarshal(b, &answer); err != nil {
		return nil, err
	}
	c := coverage{}
	for _, n := range answer.Report {
		c.add(n)
	}
	return c, nil
}

// add takes a node with all below it; it tells whether a condition was there.
func (c coverage) add(n node) (condition bool) {
	for _, child := range n.Children {
		condition = c.add(child) || condition
	}
	x := c[n.span()]
	x.seen = n.seen()
	x.leaf = !condition && x.seen.true+x.seen.false > 0
	c[n.span()] = x
	return condition || x.leaf
}

// leaves are the conditions that hold no other, in their order. What is no
// condition for one row may be one for another: it was not come to.
func leaves(each []coverage) []span {
	found := map[span]bool{}
	for _, c := range each {
		for at, x := range c {
			if x.leaf {
				found[at] = true
			}
		}
	}
	for at := range found {
		for other := range found {
			if other != at && at.from <= other.from && other.last <= at.last {
				delete(found, at)
			}
		}
	}
	return slices.SortedFunc(maps.Keys(found), byPlace)
}

// checkCoverage wants each expression evaluated, and each condition to have
// been true once and false once. What failed to evaluate counts for neither.
func checkCoverage(t *testing.T, each []coverage, source string) {
	t.Helper()
	all := map[span]seen{}
	for _, c := range each {
		for at, x := range c {
			s := all[at]
			all[at] = seen{s.true + x.seen.true, s.false + x.seen.false, s.failed + x.seen.failed, s.other + x.seen.other}
		}
	}
	if len(all) == 0 {
		t.Error("the emulator reports no expression at all")
	}
	for _, at := range slices.SortedFunc(maps.Keys(all), byPlace) {
		switch s := all[at]; {
		case s.times() == 0:
			t.Errorf("%s: no row evaluates it", describe(source, at))
		case s.true > 0 && s.false == 0:
			t.Errorf("%s: no row where it is false", describe(source, at))
		case s.false > 0 && s.true == 0:
			t.Errorf("%s: no row where it is true", describe(source, at))
		}
	}
	t.Logf("%d expressions, %d of them simple conditions", len(all), len(leaves(each)))
}

func byPlace(a, b span) int {
	if a.from != b.from {
		return a.from - b.from
	}
	return a.last - b.last
}

func describe(source string, at span) string {
	return fmt.Sprintf("line %d: %s", 1+strings.Count(source[:at.from], "\n"), source[at.from:at.end(source)])
}

// end is where the expression ends with its closing brackets.
func (at span) end(source string) int {
	end := at.last + 1
	if strings.HasPrefix(source[end:], "()") {
		end += 2
	}
	open, quoted := 0, false
	for i := at.from; i < len(source) && (i < end || open > 0); i++ {
		switch c := source[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{", c) >= 0:
			open++
		case strings.IndexByte(")]}", c) >= 0:
			open--
		}
		end = max(end, i+1)
	}
	return end
}
