package lake

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
)

const (
	fallbackRegion = "us-east-1"     // answers for every bucket and names its region
	roleSession    = "fmcg"          // how the assumed role appears in the bucket's access log
	roleDuration   = time.Hour       // the longest that every role allows
	expiryWindow   = 5 * time.Minute // credentials are renewed that long before they expire
)

// session is what the buckets of a lake share: the SDK's configuration, one transport and the credentials.
type session struct {
	settings    S3Config
	config      aws.Config
	attempts    int
	regionGiven bool
	log         *slog.Logger

	mutex   sync.Mutex
	buckets map[string]*bucket
}

// newSession loads the SDK's configuration: environment, profile, role. Nothing is asked of a server yet; the first
// request fetches the credentials. On a machine without any, the metadata service of EC2 is the last that is tried: it
// has 250 ms to take the connection and answers or is given up within seconds.
func newSession(ctx context.Context, settings S3Config, uri string, log *slog.Logger) (*session, error) {
	settings.Timeout = cmp.Or(max(settings.Timeout, 0), DefaultTimeout)
	if settings.Retrying == nil {
		settings.Retrying = func(string, time.Duration, error) {}
	}
	options := []func(*config.LoadOptions) error{
		config.WithLogger(logging.LoggerFunc(func(level logging.Classification, format string, values ...any) {
			log.DebugContext(ctx, "AWS SDK", "level", string(level), "text", fmt.Sprintf(format, values...))
		})),
		config.WithCredentialsCacheOptions(func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = expiryWindow }),
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	regionGiven := err == nil && loaded.Region != ""
	if err == nil && !regionGiven { // STS of a profile's role needs one, too
		loaded, err = config.LoadDefaultConfig(ctx, append(options, config.WithDefaultRegion(fallbackRegion))...)
	}
	if err != nil {
		return nil, failure(ctx, "read the AWS settings for", uri, &credentialsError{err: err})
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if built, ok := loaded.HTTPClient.(*awshttp.BuildableClient); ok { // with the certificates of AWS_CA_BUNDLE
		transport = built.GetTransport()
	}
	transport.DialContext = (&net.Dialer{Timeout: connectTimeout}).DialContext
	transport.TLSHandshakeTimeout = connectTimeout
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = idleConnections, idleConnections
	loaded.HTTPClient = &http.Client{
		Transport:     &watched{next: transport, limit: settings.Timeout},
		CheckRedirect: keepMethod,
	}
	s := &session{settings: settings, config: loaded, regionGiven: regionGiven, log: log,
		attempts: cmp.Or(loaded.RetryMaxAttempts, attempts), buckets: map[string]*bucket{}}
	s.config.RetryMaxAttempts = 0
	s.config.Retryer = func() aws.Retryer { return retry.NewStandard() } // of STS; S3 gets a new one with each request
	s.config.Credentials = &marked{provider: loaded.Credentials}
	if settings.RoleARN != "" {
		role := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(s.config), settings.RoleARN, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName, o.Duration = roleSession, roleDuration
			if settings.ExternalID != "" {
				o.ExternalID = &settings.ExternalID
			}
		})
		cache := aws.NewCredentialsCache(role, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = expiryWindow })
		s.config.Credentials = &marked{provider: cache, role: settings.RoleARN, base: s.config.Credentials}
	}
	return s, nil
}

// keepMethod follows a redirect only where the request stays what it is, as the SDK's own client does.
func keepMethod(request *http.Request, _ []*http.Request) error {
	switch request.Response.StatusCode {
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return nil
	}
	return http.ErrUseLastResponse
}

// marked is a provider of credentials that marks its failures and does not wait for ever.
type marked struct {
	provider aws.CredentialsProvider
	role     string                  // that the provider assumes, else ""
	base     aws.CredentialsProvider // by which it is assumed
}

func (m *marked) Retrieve(ctx context.Context) (aws.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, credentialsLimit)
	defer cancel()
	found, err := m.provider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, &credentialsError{role: m.role, err: err}
	}
	return found, nil
}

// Secret is what the engine needs to read one bucket. It never prints what it holds.
type Secret struct {
	KeyID, SecretKey, SessionToken string
	Region                         string
	Endpoint                       string // host:port; "": Amazon's own, made from the region
	UseSSL, PathStyle              bool
	Scope                          string    // s3://bucket/ that it is for
	Expires                        time.Time // zero: never
}

const hidden = "lake.Secret(hidden)"

// String hides everything.
func (Secret) String() string { return hidden }

// GoString hides everything.
func (Secret) GoString() string { return hidden }

// Format hides everything, whatever the verb.
func (Secret) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, hidden) }

// LogValue hides everything.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides everything, in JSON as well.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Secrets returns a secret for each bucket of the lake; none for a lake in folders. Credentials are renewed before they
// expire, so ask again before each use that may be long. A bucket that was not listed yet is asked for its region.
func (l *Lake) Secrets(ctx context.Context) ([]Secret, error) {
	var secrets []Secret
	seen := map[*bucket]bool{}
	for _, root := range l.roots {
		at, ok := root.store.(*prefix)
		if !ok || seen[at.bucket] {
			continue
		}
		seen[at.bucket] = true
		secret, err := at.bucket.secret(ctx)
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

// secret returns what the engine needs for this bucket.
func (b *bucket) secret(ctx context.Context) (Secret, error) {
	region, err := b.settledRegion(ctx)
	if err != nil {
		return Secret{}, err
	}
	keys, err := b.session.config.Credentials.Retrieve(ctx)
	if err != nil {
		return Secret{}, failure(ctx, "fetch the credentials for", "s3://"+b.name, err)
	}
	secret := Secret{KeyID: keys.AccessKeyID, SecretKey: keys.SecretAccessKey, SessionToken: keys.SessionToken,
		Region: region, UseSSL: true, Scope: "s3://" + b.name + "/"}
	if keys.CanExpire {
		secret.Expires = keys.Expires.UTC()
	}
	at, err := b.endpoint(ctx)
	if err != nil {
		return Secret{}, failure(ctx, "find the endpoint of", "s3://"+b.name, err)
	}
	secret.UseSSL = at.Scheme != "http"
	if at.Host != "s3."+region+".amazonaws.com" {
		secret.Endpoint = at.Host
	}
	// No certificate covers a bucket's name with a dot before the host.
	secret.PathStyle = b.session.pathStyle(b.client(region)) || secret.UseSSL && strings.Contains(b.name, ".")
	return secret, nil
}

// endpoint returns the URL that requests go to, without the bucket.
func (b *bucket) endpoint(ctx context.Context) (*url.URL, error) {
	options := b.client(b.currentRegion()).Options()
	if options.BaseEndpoint != nil {
		return url.Parse(*options.BaseEndpoint)
	}
	resolved, err := options.EndpointResolverV2.ResolveEndpoint(ctx, s3.EndpointParameters{
		Region:       &options.Region,
		UseFIPS:      aws.Bool(options.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack: aws.Bool(options.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
	})
	if err != nil {
		return nil, err
	}
	return &resolved.URI, nil
}

// pathStyle says how a bucket is addressed: as asked for, else in the path where the endpoint is not Amazon's.
func (s *session) pathStyle(client *s3.Client) bool {
	if s.settings.PathStyle != nil {
		return *s.settings.PathStyle
	}
	return client.Options().BaseEndpoint != nil
}
