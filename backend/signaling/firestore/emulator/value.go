package emulator

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// EncodeFields writes a document's fields as Firestore's REST interface takes
// them. It panics on a type that Document does not name: tests pass literals.
func EncodeFields(fields map[string]any) map[string]any {
	encoded := make(map[string]any, len(fields))
	for name, value := range fields {
		encoded[name] = encode(value)
	}
	return encoded
}

func encode(value any) map[string]any {
	switch v := value.(type) {
	case nil:
		return map[string]any{"nullValue": nil}
	case string:
		return map[string]any{"stringValue": v}
	case bool:
		return map[string]any{"booleanValue": v}
	case int:
		return map[string]any{"integerValue": strconv.Itoa(v)}
	case int64:
		return map[string]any{"integerValue": strconv.FormatInt(v, 10)}
	case float64:
		return map[string]any{"doubleValue": v}
	case time.Time:
		return map[string]any{"timestampValue": v.UTC().Format(time.RFC3339Nano)}
	case map[string]any:
		return map[string]any{"mapValue": map[string]any{"fields": EncodeFields(v)}}
	case []any:
		values := make([]any, len(v))
		for i := range v {
			values[i] = encode(v[i])
		}
		return map[string]any{"arrayValue": map[string]any{"values": values}}
	}
	panic(fmt.Sprintf("emulator: no Firestore value is made of a %T", value))
}

func decodeFields(raw map[string]json.RawMessage) (map[string]any, error) {
	fields := make(map[string]any, len(raw))
	for name, r := range raw {
		value, err := decode(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fields[name] = value
	}
	return fields, nil
}

func decode(raw json.RawMessage) (any, error) {
	var v struct {
		String    *string    `json:"stringValue"`
		Boolean   *bool      `json:"booleanValue"`
		Integer   *string    `json:"integerValue"`
		Double    *float64   `json:"doubleValue"`
		Timestamp *time.Time `json:"timestampValue"`
		Map       *struct {
			Fields map[string]json.RawMessage `json:"fields"`
		} `json:"mapValue"`
		Array *struct {
			Values []json.RawMessage `json:"values"`
		} `json:"arrayValue"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	switch {
	case v.String != nil:
		return *v.String, nil
	case v.Boolean != nil:
		return *v.Boolean, nil
	case v.Integer != nil:
		return strconv.ParseInt(*v.Integer, 10, 64)
	case v.Double != nil:
		return *v.Double, nil
	case v.Timestamp != nil:
		return *v.Timestamp, nil
	case v.Map != nil:
		return decodeFields(v.Map.Fields)
	case v.Array != nil:
		values := make([]any, len(v.Array.Values))
		for i, r := range v.Array.Values {
			value, err := decode(r)
			if err != nil {
				return nil, err
			}
			values[i] = value
		}
		return values, nil
	}
	return nil, nil // nullValue
}
