package lake

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline/lake/s3test"
)

const (
	orderFile    = "orders_2025_07_01.csv"
	landingKey   = "child/orders/landing/" + orderFile
	processedKey = "child/orders/processed/" + orderFile
)

// shelf is a lake whose content a test can look at, in a folder or on S3.
type shelf struct {
	url   string
	keys  func() map[string]string
	touch func(key string, modified time.Time)
	put   func(key, body string)
}

// shelves runs a test over a folder and over S3, each with the same files.
func shelves(t *testing.T, files map[string]string, test func(*testing.T, shelf)) {
	t.Helper()
	t.Run("folder", func(t *testing.T) {
		dir := layDown(t, files)
		test(t, shelf{
			url: dir,
			keys: func() map[string]string {
				found := map[string]string{}
				paths, err := filepath.Glob(filepath.Join(dir, "child/orders/*/*"))
				if err != nil {
					t.Fatal(err)
				}
				for _, path := range paths {
					body, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					key, _ := filepath.Rel(dir, path)
					found[filepath.ToSlash(key)] = string(body)
				}
				return found
			},
			touch: func(key string, modified time.Time) {
				if err := os.Chtimes(filepath.Join(dir, key), modified, modified); err != nil {
					t.Fatal(err)
				}
			},
			put: func(key, body string) {
				if err := os.WriteFile(filepath.Join(dir, key), []byte(body), 0o644); err != nil {
					t.Fatal(err)
				}
			},
		})
	})
	t.Run("S3", func(t *testing.T) {
		server := s3test.Start(t)
		server.Upload(t, layDown(t, files), "")
		server.SetEnv(t)
		test(t, shelf{
			url:   server.URL(""),
			keys:  func() map[string]string { return server.Keys(t) },
			touch: func(key string, modified time.Time) { server.Touch(t, key, modified) },
			put:   func(key, body string) { server.Put(t, key, []byte(body)) },
		})
	})
}

func wantKeys(t *testing.T, got, want map[string]string) {
	t.Helper()
	got = maps.Clone(got)
	maps.DeleteFunc(got, func(key, _ string) bool { return strings.HasSuffix(key, "/") }) // the server's markers
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the lake holds (-want +got):\n%s", diff)
	}
}

func TestMoveTakesAnOrderFileToProcessed(t *testing.T) {
	files := map[string]string{landingKey: "F1", "child/orders/landing/orders_2.csv": "F2"}
	shelves(t, files, func(t *testing.T, s shelf) {
		l := open(t, Config{Child: s.url + "/child"})
		file := fileOf(t, list(t, l), orderFile)
		moved, err := l.Move(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		wantKeys(t, s.keys(), map[string]string{processedKey: "F1", "child/orders/landing/orders_2.csv": "F2"})
		listed := fileOf(t, list(t, l), orderFile)
		if diff := cmp.Diff(listed, moved); diff != "" {
			t.Errorf("Move and List disagree (-listed +moved):\n%s", diff)
		}
		if listed.ETag != file.ETag || listed.Name != file.Name || !Processed(listed) || Processed(file) {
			t.Errorf("moved from %+v to %+v", file, listed)
		}
		again, err := l.Move(t.Context(), moved)
		if err != nil || again != moved {
			t.Errorf("a second move returned %+v, %v", again, err)
		}
		if again, err = l.Move(t.Context(), file); err != nil || again.URI != moved.URI {
			if !isKind(err, Vanished) {
				t.Errorf("a move by an old listing returned %+v, %v", again, err)
			}
		}
		wantKeys(t, s.keys(), map[string]string{processedKey: "F1", "child/orders/landing/orders_2.csv": "F2"})
	})
}

func TestMoveRemovesWhatIsAlreadyProcessed(t *testing.T) {
	shelves(t, map[string]string{landingKey: "F1", processedKey: "F1"}, func(t *testing.T, s shelf) {
		s.touch(processedKey, delivered.Add(-time.Hour))
		l := open(t, Config{Child: s.url + "/child"})
		moved, err := l.Move(t.Context(), fileOf(t, list(t, l), orderFile))
		if err != nil || !Processed(moved) {
			t.Errorf("moved to %s, error %v", moved.URI, err)
		}
		wantKeys(t, s.keys(), map[string]string{processedKey: "F1"})
	})
}

func TestMoveSetsAnotherContentAsideAndNeverOverwritesIt(t *testing.T) {
	const stamped = processedKey + ".replaced-20250703T030201Z"
	old := delivered.Add(-24 * time.Hour)
	for title, test := range map[string]struct{ before, want map[string]string }{
		"one older version": {
			map[string]string{landingKey: "second", processedKey: "first"},
			map[string]string{processedKey: "second", stamped: "first"},
		},
		"killed after it was set aside": {
			map[string]string{landingKey: "second", processedKey: "first", stamped: "first"},
			map[string]string{processedKey: "second", stamped: "first"},
		},
		"two versions of one second": {
			map[string]string{landingKey: "third", processedKey: "second", stamped: "first"},
			map[string]string{processedKey: "third", stamped: "first", stamped + "-2": "second"},
		},
	} {
		t.Run(title, func(t *testing.T) {
			shelves(t, test.before, func(t *testing.T, s shelf) {
				s.touch(processedKey, old)
				l := open(t, Config{Child: s.url + "/child"})
				listing := list(t, l)
				if _, err := l.Move(t.Context(), fileOf(t, listing, orderFile)); err != nil {
					t.Fatal(err)
				}
				wantKeys(t, s.keys(), test.want)
				listing = list(t, l)
				if got := paths(listing.Ignored)[stamped]; got != whyReplaced || len(listing.Files) != 1 {
					t.Errorf("what was set aside is %q; files %q", got, names(listing.Files))
				}
			})
		})
	}
}

func TestMoveLeavesANewerContentInProcessedAlone(t *testing.T) {
	shelves(t, map[string]string{landingKey: "older", processedKey: "newer"}, func(t *testing.T, s shelf) {
		s.touch(processedKey, delivered.Add(time.Hour))
		l := open(t, Config{Child: s.url + "/child"})
		listing := list(t, l)
		if len(listing.Shadowed) != 1 || len(listing.HalfMoved()) != 1 { // of equal size, so Move has to compare
			t.Fatalf("shadowed %q, half moved %q", names(listing.Shadowed), names(listing.HalfMoved()))
		}
		_, err := l.Move(t.Context(), listing.Shadowed[0])
		wantKind(t, err, Changed)
		wantKeys(t, s.keys(), map[string]string{landingKey: "older", processedKey: "newer"})
	})
}

func TestAnOrderFileInTwoPlacesIsAConflictWhereTheContentsDifferWhateverTheirLength(t *testing.T) {
	for _, test := range []struct {
		about, landing, processed string
		want                      int
	}{
		{"the same content", "same", "same", 0},
		{"another length", "longer", "short", 1},
		{"another content of the same length", "content", "another", 1},
	} {
		t.Run(test.about, func(t *testing.T) {
			shelves(t, map[string]string{landingKey: test.landing, processedKey: test.processed}, func(t *testing.T, s shelf) {
				s.touch(processedKey, delivered.Add(time.Hour))
				l := open(t, Config{Child: s.url + "/child"})
				conflicts, err := l.Conflicts(t.Context(), list(t, l))
				if err != nil {
					t.Fatal(err)
				}
				if len(conflicts) != test.want {
					t.Errorf("conflicts %q, want %d", names(conflicts), test.want)
				}
			})
		})
	}
}

func TestAnOrderFileThatIsGoneSinceItWasListedIsNoConflict(t *testing.T) {
	shelves(t, map[string]string{landingKey: "content", processedKey: "another"}, func(t *testing.T, s shelf) {
		l := open(t, Config{Child: s.url + "/child"})
		listing := list(t, l)
		if _, err := l.Move(t.Context(), fileOf(t, listing, orderFile)); err != nil {
			t.Fatal(err)
		}
		if conflicts, err := l.Conflicts(t.Context(), listing); err != nil || len(conflicts) > 0 {
			t.Errorf("conflicts %q, %v", names(conflicts), err)
		}
	})
}

func TestMoveDoesNotTakeAFileThatChangedSinceItWasListed(t *testing.T) {
	shelves(t, map[string]string{landingKey: "listed"}, func(t *testing.T, s shelf) {
		l := open(t, Config{Child: s.url + "/child"})
		file := fileOf(t, list(t, l), orderFile)
		s.put(landingKey, "delivered again")
		_, err := l.Move(t.Context(), file)
		wantKind(t, err, Changed)
		wantKeys(t, s.keys(), map[string]string{landingKey: "delivered again"})
	})
}

func TestMoveIsForOrderFilesOnly(t *testing.T) {
	l := open(t, at(layDown(t, small())))
	_, err := l.Move(t.Context(), fileOf(t, list(t, l), "child/customers/customers.csv"))
	wantKind(t, err, Invalid)
}

func TestAMoveKilledBetweenCopyAndDeleteIsFinishedByTheNext(t *testing.T) {
	server := s3test.Start(t)
	server.Upload(t, layDown(t, map[string]string{landingKey: "F1"}), "")
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "2")
	l := open(t, Config{Child: server.URL("child")})
	file := fileOf(t, list(t, l), orderFile)
	proxy.Fail(2, s3test.Method(http.MethodDelete), s3test.Drop())
	_, err := l.Move(t.Context(), file)
	wantKind(t, err, Unreachable)
	both := map[string]string{landingKey: "F1", processedKey: "F1"}
	wantKeys(t, server.Keys(t), both)

	// The next run has only its own listing, in which the copy is newer.
	l = open(t, Config{Child: server.URL("child")})
	listing := list(t, l)
	if len(listing.Files) != 1 || !Processed(listing.Files[0]) || len(listing.HalfMoved()) != 1 {
		t.Fatalf("files %v, half moved %v", listing.Files, listing.HalfMoved())
	}
	if _, err := l.Move(t.Context(), listing.HalfMoved()[0]); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, server.Keys(t), map[string]string{processedKey: "F1"})
	if listing := list(t, l); len(listing.HalfMoved())+len(listing.Shadowed) != 0 {
		t.Errorf("shadowed %q", names(listing.Shadowed))
	}
}

func TestMoveSurvivesAnswersThatAreLostOnTheWay(t *testing.T) {
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		t.Run(method, func(t *testing.T) {
			server := s3test.Start(t)
			server.Upload(t, layDown(t, map[string]string{landingKey: "F1"}), "")
			proxy := server.Proxy(t)
			proxy.SetEnv(t)
			l := open(t, Config{Child: server.URL("child")})
			file := fileOf(t, list(t, l), orderFile)
			proxy.Lose(1, s3test.Method(method))
			if _, err := l.Move(t.Context(), file); err != nil {
				t.Fatal(err)
			}
			wantKeys(t, server.Keys(t), map[string]string{processedKey: "F1"})
		})
	}
}

func TestMoveLosesNothingThatComesAtTheWorstMoment(t *testing.T) {
	for title, test := range map[string]struct {
		moment s3test.Match
		key    string // what is written at that moment
		want   map[string]string
	}{
		"delivered again before the copy": {
			s3test.Method(http.MethodPut), landingKey, map[string]string{landingKey: "late"},
		},
		"delivered again between copy and delete": {
			s3test.Method(http.MethodDelete), landingKey, map[string]string{landingKey: "late", processedKey: "F1"},
		},
	} {
		t.Run(title, func(t *testing.T) {
			server := s3test.Start(t)
			server.Upload(t, layDown(t, map[string]string{landingKey: "F1"}), "")
			proxy := server.Proxy(t)
			proxy.SetEnv(t)
			l := open(t, Config{Child: server.URL("child")})
			file := fileOf(t, list(t, l), orderFile)
			proxy.Before(test.moment, func() { server.Put(t, test.key, []byte("late")) })
			_, err := l.Move(t.Context(), file)
			wantKind(t, err, Changed)
			wantKeys(t, server.Keys(t), test.want)
		})
	}
}

func TestAStoreWithoutConditionalRequestsIsAskedWithoutThem(t *testing.T) {
	server := s3test.Start(t)
	server.Upload(t, layDown(t, map[string]string{landingKey: "F1"}), "")
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	l := open(t, Config{Child: server.URL("child")})
	file := fileOf(t, list(t, l), orderFile)
	proxy.Fail(1, s3test.Method(http.MethodPut), s3test.Answer(http.StatusNotImplemented, "NotImplemented"))
	proxy.Fail(1, s3test.Method(http.MethodDelete), s3test.Answer(http.StatusNotImplemented, "NotImplemented"))
	if _, err := l.Move(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, server.Keys(t), map[string]string{processedKey: "F1"})
}

func TestAMoveCostsFourRequests(t *testing.T) {
	server := s3test.Start(t)
	server.Upload(t, layDown(t, map[string]string{landingKey: "F1"}), "")
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	l := open(t, Config{Child: server.URL("child")})
	file := fileOf(t, list(t, l), orderFile)
	proxy.Forget()
	if _, err := l.Move(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if got := proxy.Count(s3test.Any()); got != 4 {
		t.Errorf("%d requests, want 4: %v", got, proxy.Requests(s3test.Any()))
	}
}
