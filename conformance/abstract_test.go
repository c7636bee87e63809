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

// withAbstract is the buffer's spec beside a counter, whose bound stands in MCCounter.
func withAbstract(t *testing.T, property string) *spec.Spec {
	folder := checktest.Rewritten(t, os.DirFS("testdata/buffer/spec"), "Buffer.tla", "Bounded ==", "Bounded ==").(fstest.MapFS)
	for name, text := range map[string]string{
		"Counter.tla":   "---- MODULE Counter ----\nEXTENDS Naturals\nVARIABLE n\nInit == n = 0\nNext == n' = n + 1\nGrows == [][n' > n]_n\nFalls == [][n' < n]_n\n====\n",
		"MCCounter.tla": "---- MODULE MCCounter ----\nEXTENDS Counter\nUpToThree == n <= 3\n====\n",
		"Counter.cfg":   "\\* expect: ok, 4 distinct states, depth 4\nINIT Init\nNEXT Next\nCONSTRAINT UpToThree\nPROPERTY " + property + "\n",
	} {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := spec.Load(folder)
	require.NoError(t, err)
	return s
}

// TestAbstractSpecIsCheckedByItself has a spec beside X that keeps its property,
// and one that does not.
func TestAbstractSpecIsCheckedByItself(t *testing.T) {
	s := withAbstract(t, "Grows")
	names, err := s.Abstract()
	require.NoError(t, err)
	require.Equal(t, []string{"Counter"}, names)
	wrong, err := conformance.CheckAbstract(t.Context(), checktest.Runner(t), s)
	require.NoError(t, err)
	require.Empty(t, wrong)

	wrong, err = conformance.CheckAbstract(t.Context(), checktest.Runner(t), withAbstract(t, "Falls"))
	require.NoError(t, err)
	require.Len(t, wrong, 1)
	require.Contains(t, wrong[0], "model Counter: expected ok")
}

// TestAbstractSpecIsNoModelOfX keeps it out of what is asked of X's own models.
func TestAbstractSpecIsNoModelOfX(t *testing.T) {
	models, err := withAbstract(t, "Grows").Models()
	require.NoError(t, err)
	require.NotContains(t, models, "Counter.cfg")
	names, err := checktest.BufferSpec(t).Abstract()
	require.NoError(t, err)
	require.Empty(t, names)
}
