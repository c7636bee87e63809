package inputs

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// program is a module with two patterns, a and b, of which b stands on a's code,
// and c, of which nothing is known but that it is there.
var program = map[string]string{
	"go.mod":               "module example.com/x\n\ngo 1.26\n\nrequire github.com/google/gofuzz v1.2.0\n",
	"go.sum":               "",
	"main.go":              "package main\n\nimport _ \"example.com/x/list\"\n\nfunc main() {}\n",
	"list/list.go":         "package list\n\nimport (\n_ \"example.com/x/conf/a\"\n_ \"example.com/x/conf/b\"\n_ \"example.com/x/conf/c\"\n)\n",
	"conf/a/a.go":          "package a\n\nimport (\n_ \"embed\"\n_ \"example.com/x/impl/a\"\n_ \"example.com/x/specs\"\n_ \"example.com/x/tool\"\n)\n\n//go:embed broken/*.go\nvar Broken string\n",
	"conf/a/a_test.go":     "package a\n",
	"conf/a/broken/R.go":   "//go:build ignore\n\npackage a\n",
	"conf/b/b.go":          "package b\n\nimport (\n_ \"example.com/x/impl/b\"\n_ \"example.com/x/specs\"\n_ \"example.com/x/tool\"\n)\n",
	"conf/c/c.go":          "package c\n",
	"impl/a/a.go":          "package a\n\nimport _ \"github.com/google/gofuzz\"\n",
	"impl/b/b.go":          "package b\n\nimport _ \"example.com/x/impl/a\"\n",
	"tool/tool.go":         "package tool\n",
	"specs/specs.go":       "package specs\n\nimport \"embed\"\n\n//go:embed a b README\nvar Files embed.FS\n",
	"specs/README":         "About.\n",
	"specs/a/A.tla":        "---- MODULE A ----\n====\n",
	"specs/a/broken/R.cfg": "INIT Init\n",
	"specs/b/B.tla":        "---- MODULE B ----\n====\n",
	"unused/unused.go":     "package unused\n",
}

// lay writes the module into a folder, goes there, and returns what it carries.
func lay(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	dir := t.TempDir()
	sources := fstest.MapFS{}
	for name, content := range files {
		if name == "go.sum" {
			sum, err := os.ReadFile(filepath.Join(home, "../../../go.sum"))
			require.NoError(t, err)
			content = string(sum)
		}
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		sources[name] = &fstest.MapFile{Data: []byte(content)}
	}
	t.Chdir(dir)
	return sources
}

// home is the folder of this package.
var home, _ = os.Getwd()

// patterns are a and b, with their specs on the disk.
func patterns() []Pattern {
	return []Pattern{
		{Name: "a", Owners: []string{"example.com/x/conf/a", "example.com/x/tool"}, Files: []fs.FS{os.DirFS("specs/a"), nil}},
		{Name: "b", Owners: []string{"example.com/x/conf/b", "example.com/x/tool"}, Files: []fs.FS{os.DirFS("specs/b"), nil}},
	}
}

// keys are those of a and b.
func keys(t *testing.T, files map[string]string, more ...string) (a, b string) {
	t.Helper()
	p, err := Gather(t.Context(), "example.com/x", lay(t, files))
	require.NoError(t, err)
	a, err = p.Key(patterns(), 0, more...)
	require.NoError(t, err)
	b, err = p.Key(patterns(), 1, more...)
	require.NoError(t, err)
	return a, b
}

// TestEachKindOfInputIsInTheKey changes one after the other.
func TestEachKindOfInputIsInTheKey(t *testing.T) {
	wasA, wasB := keys(t, program)
	require.NotEqual(t, wasA, wasB)
	t.Run("another folder", func(t *testing.T) {
		a, b := keys(t, program)
		require.Equal(t, wasA, a)
		require.Equal(t, wasB, b)
	})
	for _, test := range []struct {
		name, file string
		a, b       bool // which of the two depends on it
	}{
		{"the spec", "specs/a/A.tla", true, false},
		{"a model of the spec", "specs/a/broken/R.cfg", true, false},
		{"the spec of the other", "specs/b/B.tla", false, true},
		{"another file beside the specs", "specs/README", true, true},
		{"the runs", "conf/a/a.go", true, false},
		{"code with a broken rule", "conf/a/broken/R.go", true, false},
		{"the code, on which another stands", "impl/a/a.go", true, true},
		{"the code", "impl/b/b.go", false, true},
		{"a tool of both", "tool/tool.go", true, true},
		{"a package of which it is not known whose it is", "conf/c/c.go", true, true},
		{"the program", "main.go", true, true},
		{"a test", "conf/a/a_test.go", false, false},
		{"what the program has no part of", "unused/unused.go", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := maps.Clone(program)
			require.Contains(t, files, test.file)
			files[test.file] += "\n// changed\n"
			a, b := keys(t, files)
			require.Equal(t, test.a, a != wasA, "a")
			require.Equal(t, test.b, b != wasB, "b")
		})
	}
	t.Run("a new file of a package", func(t *testing.T) {
		files := maps.Clone(program)
		files["impl/b/more.go"] = "package b\n"
		a, b := keys(t, files)
		require.Equal(t, wasA, a)
		require.NotEqual(t, wasB, b)
	})
	t.Run("flags", func(t *testing.T) {
		a, b := keys(t, program, "-memory 1")
		require.NotEqual(t, wasA, a)
		require.NotEqual(t, wasB, b)
	})
	t.Run("the environment of the go command", func(t *testing.T) {
		t.Setenv("GODEBUG", "panicnil=1")
		a, b := keys(t, program)
		require.NotEqual(t, wasA, a)
		require.NotEqual(t, wasB, b)
	})
	change := func(name string, change func(p *Program)) {
		t.Run(name, func(t *testing.T) {
			p, err := Gather(t.Context(), "example.com/x", lay(t, program))
			require.NoError(t, err)
			change(p)
			a, err := p.Key(patterns(), 0)
			require.NoError(t, err)
			require.NotEqual(t, wasA, a)
		})
	}
	change("the version of a module", func(p *Program) { p.packages["github.com/google/gofuzz"].Module.Version = "v1.2.1" })
	change("the version of Go", func(p *Program) { p.about[0] = "go1.99" })
}

// TestProgramOlderThanItsSourcesIsRefused changes the disk and not what the
// program carries.
func TestProgramOlderThanItsSourcesIsRefused(t *testing.T) {
	for _, test := range []struct{ file, content, want string }{
		{"impl/a/a.go", "package a\n", "impl/a/a.go"},
		{"specs/a/A.tla", "changed", "specs/a/A.tla"},
		{"impl/b/new.go", "package b\n", "impl/b/new.go"},
		{"unused/unused.go", "", "unused/unused.go"},
	} {
		t.Run(test.file, func(t *testing.T) {
			sources := lay(t, program)
			if test.content == "" {
				require.NoError(t, os.Remove(test.file))
			} else {
				require.NoError(t, os.WriteFile(test.file, []byte(test.content), 0o644))
			}
			_, err := Gather(t.Context(), "example.com/x", sources)
			require.ErrorIs(t, err, ErrUnknown)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestModuleWithoutVersionIsRefused(t *testing.T) {
	files := maps.Clone(program)
	files["go.mod"] += "\nreplace github.com/google/gofuzz => ./other\n"
	files["other/go.mod"] = "module github.com/google/gofuzz\n\ngo 1.26\n"
	files["other/fuzz.go"] = "package fuzz\n"
	_, err := Gather(t.Context(), "example.com/x", lay(t, files))
	require.ErrorIs(t, err, ErrUnknown)
	require.ErrorContains(t, err, "gofuzz")
}

func TestProgramWithoutSourcesIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := Gather(t.Context(), "example.com/x", fstest.MapFS{})
	require.ErrorIs(t, err, ErrUnknown)
}

func TestPackageOfAFunction(t *testing.T) {
	for function, want := range map[string]string{
		"example.com/x/conf/a.newSystem":            "example.com/x/conf/a",
		"example.com/x/conf/a.init.func1":           "example.com/x/conf/a",
		"example.com/x/conf/a.(*T).Run-fm":          "example.com/x/conf/a",
		"example.com/x/tool.Run[example.com/y.T].1": "example.com/x/tool",
		"gopkg.in/yaml%2ev3.Marshal":                "gopkg.in/yaml.v3",
		"main.main":                                 "main",
	} {
		require.Equal(t, want, packageOf(function))
	}
}

func TestOwnersAreThosePackagesWhoseFunctionsAreInIt(t *testing.T) {
	type inner struct{ run func() }
	type outer struct {
		name  string
		one   func()
		inner []inner
		next  *inner
	}
	require.Equal(t, []string{"github.com/lockstep-tla/lockstep/conformance/internal/inputs", "os"},
		Owners(&outer{one: func() {}, inner: []inner{{}, {run: os.Clearenv}}, next: &inner{run: func() {}}, name: "x"}))
}
