package spec

import (
	"sync"
)

// memo keeps what was found out about a spec, so that it is found out once. It
// is safe for concurrent use.
type memo struct {
	mu   sync.Mutex
	kept map[string]any
}

// Get returns what is kept under the key, or else what find finds. An error is
// not kept.
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
