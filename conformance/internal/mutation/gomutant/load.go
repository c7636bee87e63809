package gomutant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Loaded is a package with its sources and types.
type Loaded struct {
	path, dir string
	sources   map[string][]byte // by base name
	files     []*ast.File
	fset      *token.FileSet
	types     *types.Package
	info      *types.Info
	importer  types.Importer
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
}

// Load reads the package with the given import path as it is built here,
// without its tests. It needs the go command, and to be run inside a module
// that has the package.
func Load(ctx context.Context, path string) (*Loaded, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly", path)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list %s: %w: %s", path, err, bytes.TrimSpace(said.Bytes()))
	}
	exports := map[string]string{}
	var root *listed
	for decoder := json.NewDecoder(&out); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list %s: %w", path, err)
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly {
			root = &p
		}
	}
	if root == nil {
		return nil, fmt.Errorf("go list %s: no such package", path)
	}
	l := &Loaded{path: root.ImportPath, dir: root.Dir, sources: map[string][]byte{}}
	for _, name := range root.GoFiles {
		source, err := os.ReadFile(filepath.Join(root.Dir, name))
		if err != nil {
			return nil, err
		}
		l.sources[name] = source
	}
	l.fset = token.NewFileSet()
	l.importer = importer.ForCompiler(l.fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("%s has no export data", path)
		}
		return os.Open(exports[path])
	})
	var err error
	l.files, l.types, l.info, err = l.check(l.sources)
	return l, err
}

// check parses and type-checks the package with the given sources.
func (l *Loaded) check(sources map[string][]byte) ([]*ast.File, *types.Package, *types.Info, error) {
	var files []*ast.File
	for _, name := range sortedNames(sources) {
		file, err := parser.ParseFile(l.fset, filepath.Join(l.dir, name), sources[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, nil, err
		}
		files = append(files, file)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	checked, err := (&types.Config{Importer: l.importer}).Check(l.path, l.fset, files, info)
	return files, checked, info, err
}
