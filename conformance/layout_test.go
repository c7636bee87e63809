package conformance_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// layers are the packages behind the front door, each on a line above those
// that it may import.
var layers = [][]string{
	{"tla", "process", "patience", "store"},
	{"sany", "inputs"},
	{"spec"},
	{"report"},
	{"run"},
	{"analysis"},
	{"replay", "explore"},
	{"falsify", "explain", "coverage", "rules", "oracle"},
	{"chart", "mutation"},
	{"crossref"},
}

const internal = "github.com/lockstep-tla/lockstep/conformance/internal/"

// TestImportsGoDown lets each package behind the front door import only those
// that lie below it.
func TestImportsGoDown(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}", "./internal/...").CombinedOutput()
	require.NoError(t, err, "%s", out)
	imports := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		paths := strings.Fields(line)
		imports[strings.TrimPrefix(paths[0], internal)] = paths[1:]
	}
	for height, layer := range layers {
		below := slices.Concat(layers[:height]...)
		for _, pkg := range layer {
			require.NotEmpty(t, imports[pkg], pkg)
			for _, path := range imports[pkg] {
				require.NotEqual(t, "github.com/lockstep-tla/lockstep/conformance", path, "%s imports the front door", pkg)
				if other, ok := strings.CutPrefix(path, internal); ok && !strings.HasPrefix(other, pkg+"/") {
					require.Contains(t, below, other, "%s imports %s, which does not lie below it", pkg, other)
				}
			}
		}
	}
}

// TestEachPackageHasItsLayer: a new package behind the front door gets a place in
// the order.
func TestEachPackageHasItsLayer(t *testing.T) {
	known := slices.Concat(layers...)
	known = append(known, "checktest") // above all others
	entries, err := os.ReadDir("internal")
	require.NoError(t, err)
	for _, e := range entries {
		require.Contains(t, known, e.Name())
	}
}

// TestNoBrowserForUsers: a module that imports trace and conformance gets what
// these need, and nothing that only a test of ours needs.
func TestNoBrowserForUsers(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	require.NotContains(t, string(mod), "chromedp")
}

// most is how many names fit on one screen.
const most = 30

// TestFrontDoorFitsOnAScreen counts what the package exports, methods and fields
// aside.
func TestFrontDoorFitsOnAScreen(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			names = append(names, exported(d)...)
		}
	}
	require.LessOrEqual(t, len(names), most, "%s", names)
}

// exported are the exported names that a declaration adds to the package.
func exported(d ast.Decl) []string {
	var names []string
	add := func(id *ast.Ident) {
		if id.IsExported() {
			names = append(names, id.Name)
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			add(d.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				add(s.Name)
			case *ast.ValueSpec:
				for _, id := range s.Names {
					add(id)
				}
			}
		}
	}
	return names
}
