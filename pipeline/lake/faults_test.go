package lake

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fmcg/fmcg/pipeline/lake/s3test"
)

// failedList opens the lake of a server and returns how its listing fails.
func failedList(t *testing.T, server *s3test.Server) error {
	t.Helper()
	_, err := open(t, at(server.URL("lake"))).List(t.Context())
	return err
}

func TestCredentialsThatAreWrongMissingOrExpiredAreRefused(t *testing.T) {
	server := upload(t, small())
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	for title, test := range map[string]struct {
		prepare func(t *testing.T)
		hint    string
	}{
		"an unknown key": {func(t *testing.T) { t.Setenv("AWS_ACCESS_KEY_ID", "nobody") }, "AWS_PROFILE"},
		"a wrong secret": {func(t *testing.T) { t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong-a91c") }, "AWS_SECRET_ACCESS_KEY"},
		"none at all": {func(t *testing.T) {
			t.Setenv("AWS_ACCESS_KEY_ID", "")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "")
		}, "AWS_PROFILE"},
		"an expired token": {func(*testing.T) {
			proxy.Fail(1, s3test.Any(), s3test.Answer(http.StatusBadRequest, "ExpiredToken"))
		}, "aws sso login"},
		"no rights": {func(*testing.T) {
			proxy.Fail(1, s3test.Any(), s3test.Answer(http.StatusForbidden, "AccessDenied"))
		}, "init --print policy"},
		"a clock that is off": {func(t *testing.T) {
			t.Setenv("AWS_MAX_ATTEMPTS", "1")
			proxy.Fail(1, s3test.Any(), s3test.Answer(http.StatusForbidden, "RequestTimeTooSkewed"))
		}, "clock"},
	} {
		t.Run(title, func(t *testing.T) {
			test.prepare(t)
			started := time.Now()
			got := wantKind(t, failedList(t, server), Refused)
			if !strings.Contains(got.Hint, test.hint) {
				t.Errorf("the hint %q does not name %q", got.Hint, test.hint)
			}
			if took := time.Since(started); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
	t.Run("no such profile", func(t *testing.T) {
		t.Setenv("AWS_PROFILE", "nobody")
		_, err := Open(t.Context(), at(server.URL("lake")))
		wantKind(t, err, Refused)
	})
}

func TestAMachineWithoutCredentialsIsToldSoInTime(t *testing.T) {
	server := upload(t, small())
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, says nothing: a metadata service behind a firewall
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://"+silent.Addr().String())
	started := time.Now()
	wantKind(t, failedList(t, server), Refused)
	if took := time.Since(started); took > credentialsLimit+time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestABucketThatIsNotThereIsRefused(t *testing.T) {
	upload(t, small())
	_, err := open(t, Config{Child: "s3://no-such-bucket/child"}).List(t.Context())
	got := wantKind(t, err, Refused)
	if got.Hint != hintBucket || got.URI != "s3://no-such-bucket/child/" {
		t.Errorf("hint %q, uri %q", got.Hint, got.URI)
	}
}

func TestAWrongRegionIsRefusedWhereTheStoreDoesNotTellTheRightOne(t *testing.T) {
	server := upload(t, small())
	t.Setenv("AWS_REGION", "eu-north-1")
	if got := wantKind(t, failedList(t, server), Refused); got.Hint != hintRegion {
		t.Errorf("hint %q", got.Hint)
	}
}

func TestAWrongOrMissingRegionIsCorrectedWhereTheStoreTells(t *testing.T) {
	server := upload(t, small())
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	for _, given := range []string{"eu-north-1", ""} {
		t.Setenv("AWS_REGION", given)
		proxy.Fail(1, s3test.Any(), func(w http.ResponseWriter, r *http.Request) { // as Amazon does
			w.Header().Set("X-Amz-Bucket-Region", s3test.Region)
			s3test.Answer(http.StatusMovedPermanently, "PermanentRedirect")(w, r)
		})
		l := open(t, at(server.URL("lake")))
		if listing := list(t, l); len(listing.Files) != 11 {
			t.Errorf("%q: %d files", given, len(listing.Files))
		}
		secret, err := firstSecret(t, l)
		if err != nil || secret.Region != s3test.Region {
			t.Errorf("%q: the secret's region is %q, error %v", given, secret.Region, err)
		}
	}
}

func TestAnEndpointThatIsDownIsUnreachable(t *testing.T) {
	server := upload(t, small())
	t.Setenv("AWS_MAX_ATTEMPTS", "3")
	for _, endpoint := range []string{"http://127.0.0.1:1", "http://no-such-host.invalid:9000"} {
		t.Setenv("AWS_ENDPOINT_URL_S3", endpoint)
		if got := wantKind(t, failedList(t, server), Unreachable); got.Hint != hintEndpoint {
			t.Errorf("hint %q", got.Hint)
		}
	}
}

func TestAServerThatIsUnavailableForAWhileIsAskedAgain(t *testing.T) {
	server := upload(t, small())
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	for title, fault := range map[string]s3test.Fault{
		"503": s3test.Unavailable(), "500": s3test.Answer(http.StatusInternalServerError, "InternalError"), "dropped": s3test.Drop(),
	} {
		t.Run(title, func(t *testing.T) {
			proxy.Forget()
			proxy.Fail(3, s3test.Any(), fault)
			listing := list(t, open(t, at(server.URL("lake"))))
			if got := proxy.Count(s3test.Any()); len(listing.Files) != 11 || got != 5 {
				t.Errorf("%d files by %d requests, want 11 by 3 failed and 2 good ones", len(listing.Files), got)
			}
		})
	}
}

func TestAServerThatStaysUnavailableIsGivenUp(t *testing.T) {
	server := upload(t, small())
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "3")
	proxy.Fail(1000, s3test.Any(), s3test.Unavailable())
	if got := wantKind(t, failedList(t, server), Unreachable); got.Hint != hintLater {
		t.Errorf("hint %q", got.Hint)
	}
	if got := proxy.Count(s3test.Any()); got != 3 {
		t.Errorf("%d requests, want 3", got)
	}
}

func TestAServerThatStallsEndsInATimeOut(t *testing.T) {
	server := upload(t, small())
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	proxy.Fail(1000, s3test.Any(), s3test.Stall())
	config := at(server.URL("lake"))
	config.S3.Timeout = 50 * time.Millisecond
	_, err := open(t, config).List(t.Context())
	if got := wantKind(t, err, Unreachable); got.Hint != hintSilent || !strings.Contains(got.Error(), "silent for 50ms") {
		t.Errorf("error %v", got)
	}
	if got := proxy.Count(s3test.Any()); got != silentAttempts {
		t.Errorf("%d requests, want %d", got, silentAttempts)
	}
}

func TestABodyThatStallsOrBreaksIsResumed(t *testing.T) {
	body := strings.Repeat("order_id,quantity\n", 100000)
	server := upload(t, map[string]string{"child/orders/landing/orders_1.csv": body})
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	config := Config{Child: server.URL("lake/child"), S3: S3Config{Timeout: 200 * time.Millisecond}}
	l := open(t, config)
	file := list(t, l).Files[0]
	key := "lake/child/orders/landing/orders_1.csv"
	for title, fault := range map[string]func(){
		"breaks": func() { proxy.Cut(2, s3test.On(http.MethodGet, key), 300000) },
		"stalls": func() { proxy.Hang(2, s3test.On(http.MethodGet, key), 300000) },
	} {
		t.Run(title, func(t *testing.T) {
			proxy.Forget()
			fault()
			if got := read(t, l, file); got != body {
				t.Errorf("%d bytes arrived, want %d; equal start %t", len(got), len(body), strings.HasPrefix(body, got))
			}
			if requests := proxy.Requests(s3test.Any()); len(requests) != 3 || !strings.HasPrefix(requests[2].Range, "bytes=") {
				t.Errorf("requests %v, want 3, the last for the rest", requests)
			}
		})
	}
	t.Run("changes meanwhile", func(t *testing.T) {
		proxy.Heal()
		proxy.Cut(1, s3test.On(http.MethodGet, key), 300000)
		proxy.Before(s3test.On(http.MethodGet, key), func() { server.Put(t, key, []byte("another")) })
		wantKind(t, l.Fetch(t.Context(), file, new(bytes.Buffer)), Changed)
	})
	t.Run("a listing", func(t *testing.T) {
		proxy.Heal()
		proxy.Cut(1, s3test.Lists(), 100)
		proxy.Hang(1, s3test.Lists(), 100)
		if listing := list(t, l); len(listing.Files) != 1 {
			t.Errorf("%d files", len(listing.Files))
		}
	})
	t.Run("for ever", func(t *testing.T) {
		proxy.Heal()
		proxy.Hang(1000, s3test.Any(), 0)
		wantKind(t, l.Fetch(t.Context(), file, new(bytes.Buffer)), Unreachable)
	})
}

func TestAWriterThatFailsIsNotTheLakesFault(t *testing.T) {
	shelves(t, map[string]string{landingKey: "F1"}, func(t *testing.T, s shelf) {
		l := open(t, Config{Child: s.url + "/child"})
		full := errors.New("no space left")
		err := l.Fetch(t.Context(), list(t, l).Files[0], writerFunc(func([]byte) (int, error) { return 0, full }))
		if wantKind(t, err, Other); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestAnAnswerThatIsNoneOfS3IsUnreachableOrRefusedByItsStatus(t *testing.T) {
	server := upload(t, small())
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	for status, want := range map[int]Kind{http.StatusBadGateway: Unreachable, http.StatusForbidden: Refused, http.StatusProxyAuthRequired: Refused} {
		proxy.Fail(1, s3test.Any(), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<html><body>The proxy says no.</body></html>"))
		})
		wantKind(t, failedList(t, server), want)
	}
}

func TestAFolderThatMayNotBeReadIsRefused(t *testing.T) {
	if os.Geteuid() == 0 {
		dir := layDown(t, small())
		err := fileFailure("list", dir, &os.PathError{Op: "open", Path: dir, Err: os.ErrPermission}) // root may read everything
		wantKind(t, err, Refused)
		return
	}
	dir := layDown(t, small())
	closed := filepath.Join(dir, "child/customers")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(closed, 0o755)
	_, err := open(t, at(dir)).List(t.Context())
	wantKind(t, err, Refused)
}

func TestALakeInFoldersTouchesNothingOfAWS(t *testing.T) {
	t.Setenv("AWS_PROFILE", "nobody")
	t.Setenv("AWS_CA_BUNDLE", "/no/such/file")
	l := open(t, at(layDown(t, small())))
	if l.OnS3() {
		t.Error("a folder is on S3")
	}
	if secrets, err := l.Secrets(t.Context()); err != nil || len(secrets) != 0 {
		t.Errorf("%d secrets, error %v", len(secrets), err)
	}
}

func TestTheLimitsAddUpToWhatThePackagePromises(t *testing.T) {
	if credentialsLimit > 30*time.Second {
		t.Error("a refusal may take longer than 30 seconds")
	}
	var waits time.Duration
	for attempt := 1; attempt < attempts; attempt++ {
		wait := backoff(attempt)
		if wait <= 0 || wait > longestBackoff {
			t.Errorf("backoff %d is %s", attempt, wait)
		}
		waits += longestBackoff
	}
	if requestLimit > 3*time.Minute || silentAttempts*DefaultTimeout+waits/4 > 3*time.Minute {
		t.Error("a failure may take longer than 3 minutes")
	}
}
