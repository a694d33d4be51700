package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Document is what the emulator holds, whoever may read it.
type Document struct {
	Path   string         // below the database's root: rooms/ID, rooms/ID/callerCandidates/ID
	Fields map[string]any // string, bool, int64, float64, time.Time, nil, map[string]any, []any
}

// SetRules gives a project its rules. Any name that begins with "demo-" is a
// project of its own, empty at first.
func (e *Emulator) SetRules(ctx context.Context, project, source string) error {
	type file struct {
		Name    string `json:"name"`
		Content string `json:"content"`
	}
	body := map[string]any{"rules": map[string]any{"files": []file{{"firestore.rules", source}}}}
	if _, err := e.admin(ctx, http.MethodPut, "/emulator/v1/projects/"+project+":securityRules", body); err != nil {
		return fmt.Errorf("set the rules of %s: %w", project, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rules[project] = source
	return nil
}

// Documents are all of the project's documents, ordered by path, also those
// whose room is gone.
func (e *Emulator) Documents(ctx context.Context, project string) ([]Document, error) {
	raw, err := e.all(ctx, project)
	if err != nil {
		return nil, err
	}
	documents := make([]Document, 0, len(raw))
	for _, r := range raw {
		fields, err := decodeFields(r.Fields)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", r.Name, err)
		}
		documents = append(documents, Document{strings.TrimPrefix(r.Name, root(project)+"/"), fields})
	}
	slices.SortFunc(documents, func(a, b Document) int { return strings.Compare(a.Path, b.Path) })
	return documents, nil
}

// Put writes a document past the rules, in place of what was there.
func (e *Emulator) Put(ctx context.Context, project, path string, fields map[string]any) error {
	return e.PutAll(ctx, project, map[string]map[string]any{path: fields})
}

// PutAll is Put for many documents, by their paths.
func (e *Emulator) PutAll(ctx context.Context, project string, documents map[string]map[string]any) error {
	var writes []any
	for path, fields := range documents {
		writes = append(writes, map[string]any{"update": map[string]any{
			"name": root(project) + "/" + path, "fields": EncodeFields(fields),
		}})
	}
	return e.commit(ctx, project, writes...)
}

// Delete deletes a document past the rules, as the TTL policy does: what is
// below it stays.
func (e *Emulator) Delete(ctx context.Context, project, path string) error {
	return e.commit(ctx, project, map[string]any{"delete": root(project) + "/" + path})
}

func root(project string) string {
	return "projects/" + project + "/databases/(default)/documents"
}

type rawDocument struct {
	Name   string                     `json:"name"`
	Fields map[string]json.RawMessage `json:"fields"`
}

func (e *Emulator) all(ctx context.Context, project string) ([]rawDocument, error) {
	query := map[string]any{"structuredQuery": map[string]any{"from": []any{map[string]any{"allDescendants": true}}}}
	answer, err := e.admin(ctx, http.MethodPost, "/v1/"+root(project)+":runQuery", query)
	if err != nil {
		return nil, fmt.Errorf("read what %s holds: %w", project, err)
	}
	var rows []struct {
		Document *rawDocument `json:"document"`
	}
	if err := json.Unmarshal(answer, &rows); err != nil {
		return nil, fmt.Errorf("read what %s holds: %w", project, err)
	}
	var documents []rawDocument
	for _, row := range rows {
		if row.Document != nil {
			documents = append(documents, *row.Document)
		}
	}
	return documents, nil
}

// commit writes in as few commits as can be: one takes at most 500 writes.
func (e *Emulator) commit(ctx context.Context, project string, writes ...any) error {
	for some := range slices.Chunk(writes, 500) {
		if _, err := e.admin(ctx, http.MethodPost, "/v1/"+root(project)+":commit", map[string]any{"writes": some}); err != nil {
			return fmt.Errorf("write to %s: %w", project, err)
		}
	}
	return nil
}

// savedWrites are what puts a project's documents back.
type savedWrites struct {
	project string
	writes  []any
}

func (e *Emulator) save(ctx context.Context, project string) (savedWrites, error) {
	documents, err := e.all(ctx, project)
	s := savedWrites{project: project}
	for _, d := range documents {
		s.writes = append(s.writes, map[string]any{"update": d})
	}
	return s, err
}

// admin makes a request that no rule is asked about.
func (e *Emulator) admin(ctx context.Context, method, path string, body any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	var reader io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(b)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+e.own+path, reader)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer owner")
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", response.Status, bytes.TrimSpace(answer))
	}
	return answer, nil
}

// Coverage is the emulator's report of what it evaluated of a project's rules,
// as JSON: GET /emulator/v1/projects/P:ruleCoverage.
func (e *Emulator) Coverage(ctx context.Context, project string) ([]byte, error) {
	report, err := e.admin(ctx, http.MethodGet, "/emulator/v1/projects/"+project+":ruleCoverage", nil)
	if err != nil {
		return nil, fmt.Errorf("read the coverage of %s: %w", project, err)
	}
	return report, nil
}
