package pipeline_test

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/demo"
	"github.com/fmcg/fmcg/pipeline/journal"
	"github.com/fmcg/fmcg/pipeline/lake"
	"github.com/fmcg/fmcg/pipeline/lake/s3test"
)

// httpfs is the extension that make tools fetches; a machine that reaches DuckDB's own host needs none.
func httpfs(t testing.TB) string {
	t.Helper()
	path := os.Getenv("FMCG_HTTPFS")
	if path == "" {
		path = filepath.Join("..", ".tools", "httpfs", "httpfs.duckdb_extension")
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(absolute); err != nil {
		t.Fatalf("httpfs is not at %s; run: make tools", absolute)
	}
	return absolute
}

// bucket is a lake in a real S3 server, with a proxy before it that counts and misbehaves, and a warehouse made from it.
type bucket struct {
	*house
	server *s3test.Server
	proxy  *s3test.Proxy
}

// newBucket uploads a folder.
func newBucket(t testing.TB, folder string) *bucket {
	t.Helper()
	server := s3test.Start(t)
	server.Upload(t, folder, "lake")
	b := &bucket{house: newHouse(t), server: server, proxy: server.Proxy(t)}
	b.proxy.SetEnv(t)
	return b
}

func (b *bucket) onS3(config *pipeline.Config) {
	config.Lake = lake.Config{Parent: b.server.URL("lake/parent"), Child: b.server.URL("lake/child")}
	config.Engine.HTTPFS = httpfs(b.t)
}

func (b *bucket) refresh(with ...func(*pipeline.Config)) pipeline.Result {
	b.t.Helper()
	return b.house.refresh(append([]func(*pipeline.Config){b.onS3}, with...)...)
}

func (b *bucket) tryRefresh(with ...func(*pipeline.Config)) (pipeline.Result, error) {
	b.t.Helper()
	return b.house.tryRefresh(append([]func(*pipeline.Config){b.onS3}, with...)...)
}

func tiny(t testing.TB) *house { return newDemoHouse(t, demo.Config{Days: 30, RowsPerDay: 10}) }

func TestALakeOnS3GivesTheSameTablesAsTheSameFilesInAFolder(t *testing.T) {
	folders := []string{newDemoHouse(t, small).lake}
	if dir := os.Getenv("FMCG_REAL_LAKE"); dir != "" {
		folders = append(folders, dir)
	}
	for _, folder := range folders {
		b := newBucket(t, folder)
		b.refresh()
		b.wantRules(os.DirFS(folder))
	}
}

func TestFewRequestsAFileAndOnlyNewFilesAreTouched(t *testing.T) {
	folder := tiny(t)
	b := newBucket(t, folder.lake)
	first := b.refresh()
	lists, objects := b.proxy.Count(s3test.Lists()), b.proxy.Count(s3test.Any())-b.proxy.Count(s3test.Lists())
	if lists > 10 { // of both roots, before and after each of the four tasks has read
		t.Errorf("%d listings", lists)
	}
	if most := 3*first.Files + 4; objects > most { // the header, and the engine's HEAD and GET
		t.Errorf("%d requests for %d files, want at most %d", objects, first.Files, most)
	}
	b.proxy.Forget()
	if b.refresh().Published {
		t.Error("published with nothing new")
	}
	if objects := b.proxy.Count(s3test.Any()) - b.proxy.Count(s3test.Lists()); objects > 2 {
		t.Errorf("%d requests on objects with nothing new: %v", objects, b.proxy.Requests(s3test.Any()))
	}
	b.server.Put(t, "lake/"+nextDay, []byte(nextDayBody(folder)))
	b.proxy.Forget()
	b.refresh()
	for _, request := range b.proxy.Requests(s3test.Any()) {
		if strings.Contains(request.Key, "orders_") && !strings.HasSuffix(request.Key, nextDay) {
			t.Errorf("%s %s, which is loaded already", request.Method, request.Key)
		}
	}
}

func TestLoadedOrderFilesAreMovedOnlyAfterPublishingAndACrashBetweenCopyAndDeleteLosesAndDoublesNothing(t *testing.T) {
	folder := tiny(t)
	b := newBucket(t, folder.lake)
	b.proxy.Fail(1000, s3test.Method(http.MethodDelete), s3test.Answer(http.StatusForbidden, "AccessDenied"))
	result := b.refresh(moving)
	if len(result.Moved) > 0 || !strings.Contains(strings.Join(result.Warnings, "\n"), "not moved") {
		t.Errorf("moved %v, warnings %q", result.Moved, result.Warnings)
	}
	b.wantRules(os.DirFS(folder.lake))
	b.proxy.Heal()
	again := b.refresh(moving)
	if again.Published {
		t.Error("copies of loaded files were taken for something new")
	}
	if len(again.Moved) == 0 {
		t.Error("nothing was moved the second time")
	}
	for key := range b.server.Keys(t) {
		if strings.Contains(key, "/landing/") && strings.Contains(key, "orders_2025_11_1") {
			t.Errorf("still there: %s", key)
		}
	}
	if b.refresh(moving).Published {
		t.Error("moved files were taken for something new")
	}
	b.refresh(full)
	b.wantRules(os.DirFS(folder.lake))
}

func TestAKeyThatVanishesBeforeItIsReadIsWarnedOfAndLoadedWhenItComesBack(t *testing.T) {
	folder := tiny(t)
	b := newBucket(t, folder.lake)
	name := "child/orders/landing/orders_2025_11_20.csv"
	body := filesOf(t, folder.lake)[name]
	result := b.refresh(func(config *pipeline.Config) {
		config.Observe = func(event journal.Event) {
			if event.Kind == journal.Step && event.Name == pipeline.StepTasks {
				b.server.Delete(t, "lake/"+name)
			}
		}
	})
	if text := strings.Join(result.Warnings, "\n"); !strings.Contains(text, "orders_2025_11_20.csv vanished") {
		t.Errorf("warnings %s", text)
	}
	b.server.Put(t, "lake/"+name, body)
	b.refresh()
	b.wantRules(os.DirFS(folder.lake))
}

// The file is one that the engine itself reads, and the proxy swaps the object at the moment it has asked for its size.
func TestAnObjectThatIsReplacedWhileItIsReadIsReadAgainAndNeverMixed(t *testing.T) {
	folder := tiny(t)
	name := "child/orders/landing/orders_2025_07_05.csv"
	body := "order_id,order_placement_date,customer_id,product_id,order_qty\nA,2025-07-05,7,1,1.0\n"
	folder.put(name, body)
	b := newBucket(t, folder.lake)
	other := strings.ReplaceAll(body, ",1.0\n", ",2.0\n") + "LATE1,2025-07-05,1,1,1\n"
	swapped := false
	b.proxy.Before(s3test.On(http.MethodHead, "lake/"+name), func() {
		swapped = true
		b.server.Put(t, "lake/"+name, []byte(other))
	})
	b.refresh()
	if !swapped {
		t.Fatal("the engine never asked for the object")
	}
	folder.put(name, other)
	b.wantRules(os.DirFS(folder.lake))
}

func TestAServerThatIsUnavailableForAWhileIsTriedAgainAndNothingIsRejected(t *testing.T) {
	folder := tiny(t)
	b := newBucket(t, folder.lake)
	b.proxy.Fail(3, s3test.Lists(), s3test.Unavailable())
	b.proxy.Fail(40, func(r s3test.Request) bool { return r.Key != "" }, s3test.Unavailable())
	result := b.refresh()
	b.wantRules(os.DirFS(folder.lake))
	for _, event := range b.journalOf(result.Run, journal.Retry) {
		if event.Seconds > 0 && event.Name != "" && event.Detail != "" {
			return
		}
	}
	t.Errorf("the journal tells no attempt with what is tried again, why and after which wait: %v", b.journalOf(result.Run, journal.Retry))
}

// What is wrong with the lake is never taken for something wrong with a file.
func TestALakeThatCannotBeReachedEndsWithCodeFourAndLeavesThePublishedFile(t *testing.T) {
	folder := tiny(t)
	b := newBucket(t, folder.lake)
	b.refresh()
	before := b.bytesOf()
	b.server.Put(t, "lake/"+nextDay, []byte(nextDayBody(folder)))
	onKey := func(r s3test.Request) bool { return strings.HasSuffix(r.Key, nextDay) }
	for what, breakIt := range map[string]func(*pipeline.Config){
		"a wrong secret": func(*pipeline.Config) { t.Setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret") },
		"no such bucket": func(c *pipeline.Config) { c.Lake.Child = "s3://no-such-bucket/lake/child" },
		"the endpoint is down": func(*pipeline.Config) {
			t.Setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
			t.Setenv("AWS_MAX_ATTEMPTS", "2")
		},
		"the new object is refused": func(*pipeline.Config) { b.proxy.Fail(1000, onKey, s3test.Answer(http.StatusForbidden, "AccessDenied")) },
		"the new object never comes": func(c *pipeline.Config) {
			c.Lake.S3.Timeout = 300 * time.Millisecond
			b.proxy.Fail(1000, onKey, s3test.Stall())
		},
	} {
		b.proxy.SetEnv(t)
		t.Setenv("AWS_MAX_ATTEMPTS", "")
		_, err := b.tryRefresh(breakIt)
		b.proxy.Heal()
		if pipeline.CodeOf(err) != pipeline.LakeUnreachable {
			t.Errorf("%s: %v, code %d, want 4", what, err, pipeline.CodeOf(err))
		}
		if err != nil && strings.Contains(err.Error(), b.server.SecretKey) {
			t.Errorf("%s: the secret is in the error", what)
		}
		if b.bytesOf() != before {
			t.Fatalf("%s: the published file changed", what)
		}
	}
	b.proxy.SetEnv(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "")
	b.refresh()
}

// Law 10.
func TestNoSecretIsWrittenAnywhere(t *testing.T) {
	folder := tiny(t)
	b := newBucket(t, folder.lake)
	var said strings.Builder
	b.refresh(func(config *pipeline.Config) {
		config.Observe = func(event journal.Event) { said.WriteString(event.Name + event.Detail) }
	})
	found := []string{}
	err := filepath.WalkDir(filepath.Dir(b.warehouse), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if strings.Contains(string(body), b.server.SecretKey) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) > 0 || strings.Contains(said.String(), b.server.SecretKey) {
		t.Errorf("the secret is in %v", found)
	}
	if !slices.Contains(b.rows("select json_extract_string(parameters, '$.child') from ops.runs"), b.server.URL("lake/child")) {
		t.Error("the run does not say where its files came from")
	}
}

// An empty last field is no surplus one: such files - a missing quantity makes one - are read by the engine where they lie.
// Of a file with a surplus field, only the tidied copy is.
func TestTheEngineReadsFilesOnS3ItselfWhereALineEndsWithAnEmptyField(t *testing.T) {
	folder := newHouse(t)
	header := "order_id,order_placement_date,customer_id,product_id,order_qty\n"
	folder.put("child/products/products.csv", "product_name,product_id,category\nBar (60g),1,energy bars\n")
	missing, surplus := "child/orders/landing/orders_2025_07_05.csv", "child/orders/landing/orders_2025_07_06.csv"
	folder.put(missing, header+"A,\"Saturday, July 05, 2025\",7,1,\nB,2025-07-05,7,1,3\nC,2025-07-05,7,1,")
	folder.put(surplus, header+"A,\"Sunday, July 06, 2025\",7,1,3,\nB,2025-07-06,7,1,3\n")
	b := newBucket(t, folder.lake)
	b.refresh(func(config *pipeline.Config) { config.Lake.Parent = "" })
	b.wantRules(os.DirFS(filepath.Join(folder.lake, "child")))
	for name, want := range map[string]bool{missing: true, surplus: false} {
		// The SDK makes no HEAD to read a file, the engine makes one.
		if got := b.proxy.Count(s3test.On(http.MethodHead, "lake/"+name)) > 0; got != want {
			t.Errorf("%s: read by the engine where it lies: %t, want %t", name, got, want)
		}
	}
}
