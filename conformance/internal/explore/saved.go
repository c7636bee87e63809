package explore

import (
	"encoding/gob"
	"io"

	"github.com/lockstep-tla/lockstep/trace"
)

// savedModel is a Model as gob writes it, for another process to walk along.
type savedModel struct {
	Init    []int
	States  []savedState
	Labels  []savedLabel
	Edges   int
	Missing []string
}

type savedState struct {
	Within bool
	Out    []savedEdge
}

type savedLabel struct {
	Step, Text string
	Args       map[string]trace.Value
}

type savedEdge struct {
	Label, To int
	View      trace.Value
}

func init() {
	gob.Register([]trace.Value{})
	gob.Register(map[string]trace.Value{})
}

// Save writes a model that no walk has used yet.
func (m *Model) Save(w io.Writer) error {
	saved := savedModel{Init: m.graph.init, Edges: m.graph.edges, Missing: m.missing}
	for _, s := range m.graph.states {
		state := savedState{Within: s.within}
		for _, e := range s.out {
			state.Out = append(state.Out, savedEdge{e.label, e.to, e.view})
		}
		saved.States = append(saved.States, state)
	}
	for _, l := range m.graph.labels {
		saved.Labels = append(saved.Labels, savedLabel{l.step, l.text, l.args})
	}
	return gob.NewEncoder(w).Encode(saved)
}

// LoadModel reads what Save has written.
func LoadModel(r io.Reader) (*Model, error) {
	var saved savedModel
	if err := gob.NewDecoder(r).Decode(&saved); err != nil {
		return nil, err
	}
	g := &graph{init: saved.Init, edges: saved.Edges}
	for _, s := range saved.States {
		state := state{within: s.Within}
		for _, e := range s.Out {
			state.out = append(state.out, edge{label: e.Label, to: e.To, view: whole(e.View)})
		}
		g.states = append(g.states, state)
	}
	for _, l := range saved.Labels {
		g.labels = append(g.labels, label{step: l.Step, args: l.Args, text: l.Text})
	}
	return &Model{g, saved.Missing}, nil
}

// whole has empty arrays where gob, which knows none, has left nil.
func whole(v trace.Value) trace.Value {
	switch v := v.(type) {
	case []trace.Value:
		list := make([]trace.Value, len(v))
		for i := range v {
			list[i] = whole(v[i])
		}
		return list
	case map[string]trace.Value:
		record := make(map[string]trace.Value, len(v))
		for name := range v {
			record[name] = whole(v[name])
		}
		return record
	}
	return v
}
