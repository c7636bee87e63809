package conformance_test

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// modelled is the buffer's spec with goals in its ordinary model, a small model beside it and
// one that is too large for every check.
func modelled(t *testing.T, goals, small string) *spec.Spec {
	folder := checktest.Rewritten(t, os.DirFS("testdata/buffer/spec"), "Buffer.tla", "Bounded ==",
		"IsFull == Len(buffer) = Capacity\nIsWorkedOff == Len(buffer) > Len(buffer')\nOverflows == Len(buffer) > Capacity\n"+
			"Emptied(n) == Len(buffer) = n ~> Len(buffer) < n\nOneIsEmptied == Emptied(1)\nBounded ==").(fstest.MapFS)
	cfg := string(folder["Buffer.cfg"].Data)
	folder["Buffer.cfg"] = &fstest.MapFile{Data: []byte("\\* expect: ok, 7 distinct states, depth 3\n\\* reaches: " + goals + "\n" + cfg[len("\\* expect: ok, 7 distinct states, depth 3\n"):])}
	folder["BufferOne.cfg"] = &fstest.MapFile{Data: []byte(small + "\nSPECIFICATION Spec\nCONSTANTS\n  Item = {\"x\"}\n  Capacity = 1\nPROPERTY OneIsEmptied\n")}
	folder["BufferLarge.cfg"] = &fstest.MapFile{Data: []byte("\\* expect: ok, 10001 distinct states, depth 3\nSPECIFICATION Spec\nCONSTANTS\n  Item = {\"x\"}\n  Capacity = 1\n")}
	s, err := spec.Load(folder)
	require.NoError(t, err)
	return s
}

// TestModelComesToItsGoals has goals that a model comes to, and one that it cannot.
func TestModelComesToItsGoals(t *testing.T) {
	const fails = "\\* expect: violates OneIsEmptied"
	_, wrong, err := conformance.CheckModel(t.Context(), checktest.Runner(t), modelled(t, "IsFull IsWorkedOff", fails))
	require.NoError(t, err)
	require.Empty(t, wrong)
	_, wrong, err = conformance.CheckModel(t.Context(), checktest.Runner(t), modelled(t, "IsFull Overflows IsWorkedOff", fails))
	require.NoError(t, err)
	require.Equal(t, []string{"model: the model never comes to Overflows"}, wrong)
}

// TestSmallModelsArePartOfEveryCheck has a small model whose liveness property does not hold:
// the buffer need not be emptied.
func TestSmallModelsArePartOfEveryCheck(t *testing.T) {
	s := modelled(t, "IsFull", "\\* expect: ok, 2 distinct states, depth 2")
	larger, err := s.Larger()
	require.NoError(t, err)
	require.Equal(t, []string{"Large"}, larger)
	m, wrong, err := conformance.CheckModel(t.Context(), checktest.Runner(t), s)
	require.NoError(t, err)
	require.Equal(t, []string{"One"}, m.Further)
	require.Equal(t, []string{"OneIsEmptied"}, m.Liveness)
	require.Len(t, wrong, 1)
	require.Contains(t, wrong[0], "model One: expected ok, 2 distinct states, depth 2, but TLC says property violated: OneIsEmptied")
}
