package tlc

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// freshUser gives the test an empty home and cache folder, and returns the
// folder in which lockstep will keep its files.
func freshUser(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("TLA2TOOLS_JAR", "")
	t.Setenv("JAVA_HOME", "")
	dir, err := cacheDir()
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(dir, home), dir)
	return dir
}

func TestSetupFromNothing(t *testing.T) {
	realTLC(t) // fails at once where neither Maven nor the jar is at hand
	dir := freshUser(t)
	ownTemp(t)
	_, err := Find(t.Context())
	require.ErrorIs(t, err, ErrNoJar)
	require.ErrorContains(t, err, "lockstep setup")

	// Archives that other programs have left: one goes with time.
	require.NoError(t, os.MkdirAll(dir, 0o755))
	old, recent := filepath.Join(dir, "tlc-old.jsa"), filepath.Join(dir, "tlc-recent.jsa")
	for path, days := range map[string]int{old: 31, recent: 29} {
		require.NoError(t, os.WriteFile(path, []byte("archive"), 0o644))
		made := time.Now().AddDate(0, 0, -days)
		require.NoError(t, os.Chtimes(path, made, made))
	}

	// Several at once: each finds the jar whole, whichever put it there.
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			found, err := Setup(context.Background(), io.Discard)
			if err != nil {
				t.Error(err)
				return
			}
			r, err := found.Run(context.Background(), job(counter, "INIT Init NEXT Next CHECK_DEADLOCK FALSE"))
			if err != nil || r.Outcome != OK {
				t.Error(r, err)
			}
		})
	}
	wg.Wait()
	require.NoFileExists(t, old)
	require.FileExists(t, recent)
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	for _, name := range names {
		if filepath.Base(name) != "results" { // what TLC has said
			require.Contains(t, []string{".jar", ".jsa"}, filepath.Ext(name), "left in the cache folder")
		}
	}

	// With everything there, neither Maven nor the network is needed.
	java, err := findJava(t.Context())
	require.NoError(t, err)
	t.Setenv("PATH", linkTo(t, java.path))
	var log bytes.Buffer
	found, err := Setup(t.Context(), &log)
	require.NoError(t, err)
	require.Contains(t, log.String(), "SHA-256 verified")
	require.NotContains(t, log.String(), "fetched")
	require.FileExists(t, found.Archive)
}

// linkTo returns a folder that holds nothing but a link to the program.
func linkTo(t *testing.T, program string) string {
	t.Helper()
	dir := t.TempDir()
	real, err := filepath.EvalSymlinks(program)
	require.NoError(t, err)
	require.NoError(t, os.Symlink(real, filepath.Join(dir, filepath.Base(program))))
	return dir
}

func TestNoMaven(t *testing.T) {
	freshUser(t)
	java := fakeJava(t, "17.0.1")
	t.Setenv("PATH", filepath.Dir(java))
	_, err := Setup(t.Context(), io.Discard)
	require.ErrorIs(t, err, ErrNoMaven)
	require.ErrorIs(t, err, ErrNoJar)
	require.ErrorContains(t, err, "install maven")
}

func TestMavenThatFails(t *testing.T) {
	dir := freshUser(t)
	bin := filepath.Dir(fakeJava(t, "17.0.1"))
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	mvn := filepath.Join(bin, "mvn")
	require.NoError(t, os.WriteFile(mvn, []byte("#!/bin/sh\necho 'cannot reach the repository'\nexit 1\n"), 0o700))
	_, err := Setup(t.Context(), io.Discard)
	require.ErrorIs(t, err, ErrNoJar)
	require.ErrorContains(t, err, "cannot reach the repository")

	// What Maven brings is checked before it gets its place.
	require.NoError(t, os.WriteFile(mvn, []byte("#!/bin/sh\nfor a; do case $a in -DoutputDirectory=*) echo wrong > \"${a#*=}/"+pinnedFile+"\";; esac; done\n"), 0o700))
	_, err = Setup(t.Context(), io.Discard)
	require.ErrorIs(t, err, ErrChecksum)
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestWrongChecksum(t *testing.T) {
	dir := freshUser(t)
	t.Setenv("PATH", filepath.Dir(fakeJava(t, "17.0.1")))
	jar := filepath.Join(dir, pinnedFile)
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(jar, []byte("not the jar"), 0o600))
	_, err := Find(t.Context())
	require.ErrorIs(t, err, ErrChecksum)
	require.ErrorContains(t, err, jar)
	_, err = Setup(t.Context(), io.Discard)
	require.ErrorIs(t, err, ErrChecksum, "Setup must not hide it")
}

func TestUnreadableJar(t *testing.T) {
	freshUser(t)
	t.Setenv("PATH", filepath.Dir(fakeJava(t, "17.0.1")))
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	var other bytes.Buffer
	z := zip.NewWriter(&other)
	_, err := z.Create("something/Else.class")
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for path, message := range map[string]string{
		filepath.Join(dir, "missing.jar"):  "no such file",
		write("text.jar", "a text"):        "not a jar",
		write("other.jar", other.String()): "without tlc2.TLC",
		dir:                                "is a directory",
	} {
		t.Setenv("TLA2TOOLS_JAR", path)
		for _, find := range []func() (*TLC, error){
			func() (*TLC, error) { return Find(t.Context()) },
			func() (*TLC, error) { return Setup(t.Context(), io.Discard) },
		} {
			_, err := find()
			require.ErrorIs(t, err, ErrNoJar)
			require.ErrorContains(t, err, message)
			require.ErrorContains(t, err, path)
		}
	}
}

// A jar of one's own choice is used as it is, with an archive of its own.
func TestOwnJar(t *testing.T) {
	pinned := realTLC(t)
	content, err := os.ReadFile(pinned.Jar)
	require.NoError(t, err)
	freshUser(t)
	ownTemp(t)
	own := filepath.Join(t.TempDir(), "tla2tools.jar")
	require.NoError(t, os.WriteFile(own, content, 0o600))
	t.Setenv("TLA2TOOLS_JAR", own)
	found, err := Find(t.Context())
	require.NoError(t, err)
	require.Equal(t, own, found.Jar)
	require.Equal(t, OK, run(t, found, job(counter, "INIT Init NEXT Next CHECK_DEADLOCK FALSE")).Outcome)
}

func TestReadOnlyCache(t *testing.T) {
	dir := freshUser(t)
	t.Setenv("PATH", filepath.Dir(fakeJava(t, "17.0.1")))
	// A file where the folder should be stops root, too.
	require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o700))
	require.NoError(t, os.WriteFile(dir, nil, 0o600))
	_, err := Setup(t.Context(), io.Discard)
	require.ErrorIs(t, err, ErrNoJar)
	require.ErrorContains(t, err, "cache folder")
	require.ErrorContains(t, err, dir)

	if os.Geteuid() == 0 {
		return // nothing is read-only for root
	}
	require.NoError(t, os.Remove(dir))
	require.NoError(t, os.Mkdir(dir, 0o500))
	_, err = Setup(t.Context(), io.Discard)
	require.ErrorIs(t, err, os.ErrPermission)
	require.ErrorContains(t, err, "cache folder")
}

// Without a place for the archive, TLC runs without one.
func TestArchiveThatCannotBeMade(t *testing.T) {
	pinned := realTLC(t)
	dir := freshUser(t)
	ownTemp(t)
	t.Setenv("TLA2TOOLS_JAR", pinned.Jar)
	require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o700))
	require.NoError(t, os.WriteFile(dir, nil, 0o600))
	var log bytes.Buffer
	found, err := Setup(t.Context(), &log)
	require.NoError(t, err)
	require.Empty(t, found.Archive)
	require.Contains(t, log.String(), "no class archive")
	require.Equal(t, OK, run(t, found, job(counter, "INIT Init NEXT Next CHECK_DEADLOCK FALSE")).Outcome)
}

// fakeJava makes a program that says it is the given Java, and returns its path.
func fakeJava(t *testing.T, version string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "java")
	script := "#!/bin/sh\n[ \"$1\" = -version ] || exit 1\necho 'openjdk version \"" + version + "\" 2024-01-01' >&2\n"
	require.NoError(t, os.WriteFile(path, []byte(script), 0o700))
	return path
}

func TestFindJava(t *testing.T) {
	t.Setenv("JAVA_HOME", "")
	empty := t.TempDir()
	t.Setenv("PATH", empty)
	_, err := Find(t.Context())
	require.ErrorIs(t, err, ErrNoJava)
	require.ErrorContains(t, err, "install")

	for version, want := range map[string]int{"11.0.2": 11, "17.0.15": 17, "21": 21, "25-ea": 25} {
		t.Setenv("PATH", filepath.Dir(fakeJava(t, version)))
		j, err := findJava(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, j.feature)
	}
	for version, message := range map[string]string{"1.8.0_402": "is Java 1.8.0_402", "9": "is Java 9", "x": "cannot read"} {
		t.Setenv("PATH", filepath.Dir(fakeJava(t, version)))
		_, err = findJava(t.Context())
		require.ErrorIs(t, err, ErrNoJava)
		require.ErrorContains(t, err, message)
	}

	// JAVA_HOME goes before the PATH, and a wrong one is not passed over.
	t.Setenv("PATH", filepath.Dir(fakeJava(t, "17")))
	t.Setenv("JAVA_HOME", empty)
	_, err = findJava(t.Context())
	require.ErrorIs(t, err, ErrNoJava)
	require.ErrorContains(t, err, "JAVA_HOME is "+empty)
	require.NoError(t, os.Mkdir(filepath.Join(empty, "bin"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(empty, "release"), []byte("IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"21.0.3\"\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(empty, "bin", "java"), []byte("#!/bin/sh\nexit 1\n"), 0o700))
	j, err := findJava(t.Context())
	require.NoError(t, err)
	require.Equal(t, 21, j.feature, "from the release file, without a start")
}
