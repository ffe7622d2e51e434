package lake

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fmcg/fmcg/pipeline/lake/s3test"
)

const (
	testRole       = "arn:aws:iam::123456789012:role/fmcg-lake"
	testExternalID = "sports-bar-7f31"
)

// securityTokens is an STS that gives a server's own keys for one role and external id.
type securityTokens struct {
	t      *testing.T
	server *s3test.Server
	expiry time.Duration
	token  string

	mutex sync.Mutex
	asked []url.Values
}

func (s *securityTokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.t.Error(err)
	}
	s.mutex.Lock()
	s.asked = append(s.asked, r.PostForm)
	s.mutex.Unlock()
	w.Header().Set("Content-Type", "text/xml")
	if r.PostForm.Get("RoleArn") != testRole || r.PostForm.Get("ExternalId") != testExternalID {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`)
		return
	}
	fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
		<AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>%s</Expiration>
		</Credentials><AssumedRoleUser><Arn>x</Arn><AssumedRoleId>y</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`,
		s.server.AccessKey, s.server.SecretKey, s.token, time.Now().Add(s.expiry).UTC().Format(time.RFC3339))
}

func (s *securityTokens) count() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.asked)
}

// startSTS starts it and makes the SDK ask it, with keys that are good for nothing else.
func startSTS(t *testing.T, server *s3test.Server, expiry time.Duration) *securityTokens {
	sts := &securityTokens{t: t, server: server, expiry: expiry}
	listener := httptest.NewServer(sts)
	t.Cleanup(listener.Close)
	server.SetEnv(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "base-key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "base-secret")
	t.Setenv("AWS_ENDPOINT_URL_STS", listener.URL)
	return sts
}

func TestARoleIsAssumedOnceWithItsExternalID(t *testing.T) {
	server := upload(t, small())
	sts := startSTS(t, server, time.Hour)
	config := at(server.URL("lake"))
	config.S3.RoleARN, config.S3.ExternalID = testRole, testExternalID
	l := open(t, config)
	if sts.count() != 0 {
		t.Error("Open already asked STS")
	}
	for range 2 {
		list(t, l)
	}
	secret, err := firstSecret(t, l)
	if err != nil {
		t.Fatal(err)
	}
	if secret.KeyID != server.AccessKey || time.Until(secret.Expires) < 50*time.Minute || time.Until(secret.Expires) > time.Hour {
		t.Errorf("the secret is not the role's, or expires at %s", secret.Expires)
	}
	if sts.count() != 1 {
		t.Fatalf("STS was asked %d times, want once", sts.count())
	}
	asked := sts.asked[0]
	if asked.Get("Action") != "AssumeRole" || asked.Get("RoleSessionName") != roleSession || asked.Get("DurationSeconds") != "3600" {
		t.Errorf("STS was asked %v", asked)
	}
}

func TestARolesSessionTokenIsInTheSecret(t *testing.T) {
	server := upload(t, small())
	startSTS(t, server, time.Hour).token = "session-c55b" // which the test's server does not take
	config := at(server.URL("lake"))
	config.S3.RoleARN, config.S3.ExternalID = testRole, testExternalID
	l := open(t, config)
	l.s3.bucket(server.Bucket).settle(s3test.Region)
	if secret, err := firstSecret(t, l); err != nil || secret.SessionToken != "session-c55b" {
		t.Errorf("the secret has another session token, error %v", err)
	}
}

func TestARolesCredentialsAreRenewedBeforeTheyExpire(t *testing.T) {
	server := upload(t, small())
	sts := startSTS(t, server, expiryWindow-time.Minute) // already within the window
	config := at(server.URL("lake"))
	config.S3.RoleARN, config.S3.ExternalID = testRole, testExternalID
	l := open(t, config)
	for range 2 {
		if _, err := firstSecret(t, l); err != nil {
			t.Fatal(err)
		}
	}
	if sts.count() < 2 {
		t.Errorf("STS was asked %d times for two secrets that were about to expire", sts.count())
	}
}

func TestARoleThatCannotBeAssumedIsRefused(t *testing.T) {
	server := upload(t, small())
	startSTS(t, server, time.Hour)
	config := at(server.URL("lake"))
	config.S3.RoleARN, config.S3.ExternalID = testRole, "guessed"
	_, err := open(t, config).List(t.Context())
	if got := wantKind(t, err, Refused); got.Hint != hintRole || !strings.Contains(got.Error(), testRole) {
		t.Errorf("got %v", got)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	_, err = open(t, config).List(t.Context())
	if got := wantKind(t, err, Refused); got.Hint != hintCredentials {
		t.Errorf("without credentials of the chain: %v", got)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "base-key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "base-secret")
	t.Setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
	_, err = open(t, config).List(t.Context())
	wantKind(t, err, Unreachable)
}

func TestAProfileBringsCredentialsRegionAndEndpoint(t *testing.T) {
	server := upload(t, small())
	settings := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf("[profile night]\naws_access_key_id = %s\naws_secret_access_key = %s\nregion = %s\nservices = ours\n[services ours]\ns3 =\n  endpoint_url = %s\n",
		server.AccessKey, server.SecretKey, s3test.Region, server.Endpoint)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"} {
		t.Setenv(name, "")
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", settings)
	t.Setenv("AWS_PROFILE", "night")
	l := open(t, at(server.URL("lake")))
	if got := len(list(t, l).Files); got != 11 {
		t.Errorf("%d files", got)
	}
	secret, err := firstSecret(t, l)
	if err != nil || "http://"+secret.Endpoint != server.Endpoint || secret.Region != s3test.Region {
		t.Errorf("endpoint %q, region %q, error %v", secret.Endpoint, secret.Region, err)
	}
}

func TestASecretSaysWhereAndHowToReachTheBucket(t *testing.T) {
	server := upload(t, small())
	yes, no := true, false
	type parts struct {
		Region, Endpoint  string
		UseSSL, PathStyle bool
	}
	for title, test := range map[string]struct {
		endpoint, bucket string
		style            *bool
		want             parts
	}{
		"a custom endpoint":                {server.Endpoint, server.Bucket, nil, parts{s3test.Region, strings.TrimPrefix(server.Endpoint, "http://"), false, true}},
		"a custom endpoint by host":        {server.Endpoint, server.Bucket, &no, parts{s3test.Region, strings.TrimPrefix(server.Endpoint, "http://"), false, false}},
		"Amazon":                           {"", "bucket", nil, parts{s3test.Region, "", true, false}},
		"Amazon, in the path":              {"", "bucket", &yes, parts{s3test.Region, "", true, true}},
		"Amazon, a bucket with a dot":      {"", "data.example.org", nil, parts{s3test.Region, "", true, true}},
		"a custom endpoint with TLS":       {"https://s3.example.org:9443", "bucket", nil, parts{s3test.Region, "s3.example.org:9443", true, true}},
		"a custom endpoint for everything": {"", server.Bucket, nil, parts{s3test.Region, "", true, false}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Setenv("AWS_ENDPOINT_URL_S3", test.endpoint)
			if test.want.Endpoint == "" && title == "a custom endpoint for everything" {
				t.Setenv("AWS_ENDPOINT_URL", server.Endpoint)
				test.want = parts{s3test.Region, strings.TrimPrefix(server.Endpoint, "http://"), false, true}
			}
			l := open(t, Config{Child: "s3://" + test.bucket + "/child", S3: S3Config{PathStyle: test.style}})
			l.s3.bucket(test.bucket).settle(s3test.Region) // as after a listing
			secret, err := firstSecret(t, l)
			if err != nil {
				t.Fatal(err)
			}
			if got := (parts{secret.Region, secret.Endpoint, secret.UseSSL, secret.PathStyle}); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// firstSecret is that of a lake with one bucket.
func firstSecret(t *testing.T, l *Lake) (Secret, error) {
	t.Helper()
	secrets, err := l.Secrets(t.Context())
	if err != nil || len(secrets) == 0 {
		return Secret{}, err
	}
	return secrets[0], nil
}

func TestTwoBucketsHaveTwoSecretsEachInItsRegion(t *testing.T) {
	server := upload(t, small())
	server.SetEnv(t)
	l := open(t, Config{Parent: "s3://one/p", Child: "s3://two/c"})
	l.s3.bucket("one").settle("eu-west-1")
	l.s3.bucket("two").settle("ap-south-1")
	secrets, err := l.Secrets(t.Context())
	if err != nil || len(secrets) != 2 || secrets[0].Scope != "s3://one/" || secrets[1].Scope != "s3://two/" {
		t.Fatalf("%d secrets, error %v", len(secrets), err)
	}
	if secrets[0].Region != "eu-west-1" || secrets[1].Region != "ap-south-1" {
		t.Errorf("regions %s and %s", secrets[0].Region, secrets[1].Region)
	}
}

func TestASecretNeverPrints(t *testing.T) {
	server := upload(t, small())
	t.Setenv("AWS_SESSION_TOKEN", "token-0f3a")
	l := open(t, at(server.URL("lake")))
	l.s3.bucket(server.Bucket).settle(s3test.Region)
	secret, err := firstSecret(t, l)
	if err != nil {
		t.Fatal(err)
	}
	if secret.KeyID != server.AccessKey || secret.SecretKey != server.SecretKey || secret.SessionToken != "token-0f3a" {
		t.Fatal("the secret does not hold what the environment says")
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", secret, "pointer", &secret)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", secret, "list", []Secret{secret})
	text := log.String() + fmt.Sprint(secret, &secret, []Secret{secret}) + secret.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		text += fmt.Sprintf(verb, secret) + fmt.Sprintf(verb, &secret) + fmt.Sprintf(verb, struct{ Secret Secret }{secret})
	}
	for _, value := range []string{server.AccessKey, server.SecretKey, "token-0f3a"} {
		if strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) {
			t.Errorf("printed: %s", text)
		}
	}
}
