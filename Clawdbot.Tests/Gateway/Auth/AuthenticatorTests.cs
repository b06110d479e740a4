using System.Net;
using System.Security.Cryptography;
using System.Text;
using Clawdbot.Gateway.Auth;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clawdbot.Tests.Gateway.Auth;

public sealed class AuthenticatorTests
{
    private static readonly string[] LoopbackHosts = ["localhost", "localhost:8080", "127.0.0.1:8080", "127.5.6.7", "[::1]:8080"];

    private static readonly Dictionary<string, string?> TwoKeys = new()
    {
        ["Auth:Keys:0:Tenant"] = "alice",
        ["Auth:Keys:0:Sha256"] = Sha256("alice's key"),
        ["Auth:Keys:1:Tenant"] = "root",
        ["Auth:Keys:1:Sha256"] = Sha256("root's key").ToUpperInvariant(),
        ["Auth:Keys:1:Admin"] = "true",
    };

    [Theory]
    [InlineData("Bearer alice's key", "alice", false)]
    [InlineData("bearer   alice's key ", "alice", false)]
    [InlineData("Bearer root's key", "root", true)]
    public void A_key_opens_as_its_tenant(string authorization, string tenant, bool admin)
    {
        using var ring = Ring(TwoKeys);

        Assert.Equal((new Caller(tenant, admin) { Allowance = new Allowance(Priority.Normal, Priority.Normal) }, Refusal.None),
            new Authenticator(ring).Identify(Request(authorization: authorization)));
    }

    [Fact]
    public void A_key_says_what_whoever_brings_it_may_take()
    {
        using var ring = Ring(new Dictionary<string, string?>(TwoKeys) { ["Auth:Keys:0:Priority"] = "high", ["Auth:Keys:0:Share"] = "3" });

        var allowance = new Authenticator(ring).Identify(Request(authorization: "Bearer alice's key")).Caller!.Allowance;
        Assert.Equal(new Allowance(Priority.High, Priority.High, 3), allowance);
    }

    [Theory]
    [InlineData(null, Refusal.MissingKey)]
    [InlineData("", Refusal.MissingKey)]
    [InlineData("alice's key", Refusal.MissingKey)]
    [InlineData("Basic YTpi", Refusal.MissingKey)]
    [InlineData("Bearer", Refusal.MissingKey)]
    [InlineData("Bearer ", Refusal.WrongKey)]
    [InlineData("Bearer Alice's key", Refusal.WrongKey)]
    [InlineData("Bearer alice's key2", Refusal.WrongKey)]
    public void Without_a_key_that_somebody_has_there_is_no_way_in_even_from_this_machine(string? authorization, object refusal)
    {
        using var ring = Ring(TwoKeys);

        Assert.Equal((null, (Refusal)refusal),
            new Authenticator(ring).Identify(Request("127.0.0.1", "localhost", authorization: authorization)));
    }

    [Theory]
    [InlineData(null, "alice's key", "alice")]
    [InlineData("Bearer a key of another service", "alice's key", "alice")]
    [InlineData("Basic YTpi", " root's key", "root")]
    [InlineData("Bearer alice's key", "a key of another service", "alice")]
    [InlineData("Bearer alice's key", "root's key", "alice")]
    [InlineData(null, "Alice's key", null)]
    [InlineData("Bearer nobody's key", "nobody's key", null)]
    [InlineData("Bearer nobody's key", "", null)]
    public void A_key_is_taken_from_the_header_of_Anthropics_clients_too(string? authorization, string key, string? tenant)
    {
        using var ring = Ring(TwoKeys);
        var request = Request(authorization: authorization);
        request.Request.Headers["x-api-key"] = key;

        var (caller, refusal) = new Authenticator(ring).Identify(request);
        Assert.Equal((tenant, tenant is null ? Refusal.WrongKey : Refusal.None), (caller?.Tenant, refusal));
    }

    [Fact]
    public void A_header_of_two_keys_is_none()
    {
        using var ring = Ring(TwoKeys);
        var request = Request();
        request.Request.Headers["x-api-key"] = new(["alice's key", "alice's key"]);

        Assert.Equal((null, Refusal.MissingKey), new Authenticator(ring).Identify(request));
    }

    [Fact]
    public void A_keys_hash_is_not_a_key()
    {
        using var ring = Ring(TwoKeys);

        Assert.Equal(Refusal.WrongKey, new Authenticator(ring).Identify(Request(authorization: $"Bearer {Sha256("alice's key")}")).Refusal);
    }

    [Fact]
    public void Without_keys_this_machine_is_served_as_admin()
    {
        using var ring = Ring([]);
        var auth = new Authenticator(ring);

        Assert.Equal("loopback", auth.Mode);
        foreach (var address in (string[])["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
        {
            foreach (var host in LoopbackHosts)
                Assert.Equal((new Caller("local", true), Refusal.None), auth.Identify(Request(address, host)));
        }
    }

    [Theory]
    [InlineData("10.0.0.7", "localhost")]
    [InlineData("::2", "localhost")]
    [InlineData(null, "localhost")]
    [InlineData("127.0.0.1", "")]
    [InlineData("127.0.0.1", "evil.example")]
    [InlineData("127.0.0.1", "localhost.evil.example")]
    [InlineData("127.0.0.1", "127.0.0.1.evil.example")]
    [InlineData("127.0.0.1", "10.0.0.7:8080")]
    [InlineData("127.0.0.1", "0.0.0.0:8080")]
    public void Without_keys_an_address_or_a_name_that_is_not_loopback_is_refused(string? address, string host)
    {
        using var ring = Ring([]);

        Assert.Equal((null, Refusal.NotLocal), new Authenticator(ring).Identify(Request(address, host)));
    }

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Forwarded-Host")]
    [InlineData("X-Forwarded-Proto")]
    [InlineData("X-Real-IP")]
    [InlineData("Forwarded")]
    [InlineData("X-Original-For")]
    [InlineData("X-Original-Host")]
    [InlineData("X-Original-Proto")]
    [InlineData("x-original-for")]
    [InlineData("Via")]
    [InlineData("via")]
    public void Without_keys_a_proxy_on_this_machine_is_refused(string header)
    {
        using var ring = Ring([]);
        var request = Request("127.0.0.1", "localhost");
        request.Request.Headers[header] = "127.0.0.1";

        Assert.Equal((null, Refusal.NotLocal), new Authenticator(ring).Identify(request));
    }

    [Fact]
    public void Anybody_is_served_where_that_is_said_in_so_many_words_but_not_as_admin()
    {
        using var ring = Ring(new() { ["Auth:AllowAnonymous"] = "true" });
        var auth = new Authenticator(ring);

        Assert.Equal("anonymous", auth.Mode);
        Assert.Equal((new Caller("anonymous", false), Refusal.None), auth.Identify(Request("10.0.0.7", "gateway")));
        Assert.True(auth.Identify(Request("127.0.0.1", "localhost")).Caller!.IsAdmin);
    }

    [Fact]
    public void With_keys_anonymous_is_not_in_force()
    {
        using var ring = Ring(new(TwoKeys) { ["Auth:AllowAnonymous"] = "true" });
        var auth = new Authenticator(ring);

        Assert.Equal("keys", auth.Mode);
        Assert.Equal(Refusal.MissingKey, auth.Identify(Request("10.0.0.7", "gateway")).Refusal);
    }

    private static string Sha256(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static KeyRing Ring(Dictionary<string, string?> settings) =>
        new(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), NullLogger<KeyRing>.Instance);

    private static DefaultHttpContext Request(string? address = "10.0.0.7", string host = "gateway", string? authorization = null)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = address is null ? null : IPAddress.Parse(address);
        http.Request.Host = new HostString(host);
        if (authorization is not null)
            http.Request.Headers.Authorization = authorization;
        return http;
    }
}
