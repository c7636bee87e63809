package spec

import (
	"sync"
)

// memo keeps results about a spec, so that they are computed once. It is safe
// for concurrent use.
type memo struct {
	mu   sync.Mutex
	kept map[string]any
}

// Get returns the result that is kept under the key, or computes it with find.
// It does not keep an error.
func (m *memo) Get(key string, find func() (any, error)) (any, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if found, ok := m.kept[key]; ok {
		return found, nil
	}
	found, err := find()
	if err != nil {
		return nil, err
	}
	if m.kept == nil {
		m.kept = map[string]any{}
	}
	m.kept[key] = found
	return found, nil
}
