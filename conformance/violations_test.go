package conformance_test

import (
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// withLimit is the buffer's spec with one more model, and a folder of it.
func withLimit(t *testing.T, cfg string) (*spec.Spec, fs.FS) {
	folder := checktest.Rewritten(t, os.DirFS("testdata/buffer/spec"),
		"Buffer.tla", "Bounded ==", "NeverFull == Len(buffer) < Capacity\n\nBounded ==").(fstest.MapFS)
	folder["BufferFull.cfg"] = &fstest.MapFile{Data: []byte(cfg)}
	s, err := spec.Load(folder)
	require.NoError(t, err)
	return s, folder
}

const fullModel = `\* expect: violates NeverFull
\* shows: a bounded buffer can be full
SPECIFICATION Spec
CONSTANTS
  Item = {"x", "y"}
  Capacity = 2
`

// TestLimit has a model that is to be violated though no rule is left out.
func TestLimit(t *testing.T) {
	s, folder := withLimit(t, fullModel+"INVARIANT NeverFull\n")
	limits, err := s.KnownViolations()
	require.NoError(t, err)
	require.Equal(t, []spec.KnownViolation{{Name: "Full", Violates: "NeverFull", Shows: "a bounded buffer can be full"}}, limits)
	wrong, err := conformance.CheckLimits(t.Context(), checktest.Runner(t), s)
	require.NoError(t, err)
	require.Empty(t, wrong)
	page, err := crossref.Page(t.Context(), checktest.Runner(t), checktest.Sources(t, &conformance.Pattern{Name: "buffer", Spec: folder}),
		"<!-- lockstep:diagram Full begin -->\n<!-- lockstep:diagram Full end -->\n<!-- lockstep:map begin -->\n<!-- lockstep:map end -->\n")
	require.NoError(t, err)
	require.Contains(t, page, "violates NeverFull")
}

// TestLimitThatIsNone fails the check: what could not be had can be had, or
// something else is in the way.
func TestLimitThatIsNone(t *testing.T) {
	s, _ := withLimit(t, fullModel+"INVARIANT Bounded\n")
	wrong, err := conformance.CheckLimits(t.Context(), checktest.Runner(t), s)
	require.NoError(t, err)
	require.Len(t, wrong, 1)
	require.Contains(t, wrong[0], "model Full: expected violates NeverFull")
}

func TestLimitThatShowsNothing(t *testing.T) {
	s, _ := withLimit(t, "\\* expect: violates NeverFull\nSPECIFICATION Spec\nCONSTANTS\n  Item = {\"x\"}\n  Capacity = 1\nINVARIANT NeverFull\n")
	_, err := s.KnownViolations()
	require.ErrorIs(t, err, spec.ErrInput)
	require.ErrorContains(t, err, "BufferFull.cfg")
	require.ErrorContains(t, err, "shows")
}

func TestSpecWithoutLimits(t *testing.T) {
	limits, err := checktest.BufferSpec(t).KnownViolations()
	require.NoError(t, err)
	require.Empty(t, limits)
}
