package explore

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

func TestASavedModelIsTheSame(t *testing.T) {
	m := &Model{graph: &graph{
		init: []int{0},
		states: []state{
			{within: true, out: []edge{{label: 1, to: 1, view: map[string]trace.Value{
				"n": 0, "list": []trace.Value{}, "nested": map[string]trace.Value{"a": true, "b": []trace.Value{"x", 2}},
			}}}},
			{},
		},
		labels: []label{{"A", map[string]trace.Value{"node": "n", "k": 1}, "A(k = 1)"}, {"B", map[string]trace.Value{}, "B()"}},
		edges:  1,
	}, missing: []string{"C"}}
	var file bytes.Buffer
	require.NoError(t, m.Save(&file))
	loaded, err := LoadModel(&file)
	require.NoError(t, err)
	require.Equal(t, m.missing, loaded.missing)
	require.Equal(t, m.graph.init, loaded.graph.init)
	require.Equal(t, m.graph.edges, loaded.graph.edges)
	require.Equal(t, m.graph.states, loaded.graph.states)
	require.Equal(t, m.graph.labels[0], loaded.graph.labels[0])
	require.Equal(t, "B", loaded.graph.labels[1].step)
	require.Empty(t, loaded.graph.labels[1].args)

	_, err = LoadModel(bytes.NewReader([]byte("not a model")))
	require.Error(t, err)
}
