using Clawdbot.Gateway.Edge;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Clawdbot.Gateway.Failover;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>The configuration as Nginx reads it, without TLS and with it.</summary>
public sealed class NginxConfigurationTests
{
    [Fact]
    public async Task Nginx_accepts_the_configuration()
    {
        var file = NginxProcess.Require();
        var folder = Directory.CreateTempSubdirectory("clawdbot-nginx-");
        try
        {
            NginxConfiguration.Write(folder, [new("http://127.0.0.1:1"), new("http://127.0.0.1:2")], 65_001, 65_002);
            Assert.DoesNotContain("${", await File.ReadAllTextAsync(Path.Combine(folder.FullName, "nginx.conf")), StringComparison.Ordinal);

            await using var test = RunningProgram.Begin(file, ["-t", .. NginxConfiguration.Arguments(folder)]);
            await test.Exited;
            Assert.True(test.ExitCode == 0, test.Output);
            Assert.DoesNotContain("[warn]", test.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("[emerg]", test.Output, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("worker_shutdown_timeout", "s", 1)]
    [InlineData("proxy_next_upstream_timeout", "s", 0)]
    [InlineData("client_max_body_size", "m", 1)]
    public void Nginx_bounds_nothing_before_the_gateway_does(string directive, string unit, int over)
    {
        var template = File.ReadAllText(Path.Combine(NginxConfiguration.Shipped, "nginx.conf.template"));
        var value = int.Parse(Regex.Match(template, $@"^\s*{directive} (\d+){unit};", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);
        var gateway = directive == "worker_shutdown_timeout" ? new FailoverOptions().LongestAnswerSeconds
            : unit == "s" ? new FailoverOptions().TotalSeconds
            : new EdgeOptions().MaxBodyBytes >> 20;

        Assert.True(value >= gateway + over, $"{directive} is {value}{unit}, the gateway's bound is {gateway}{unit}");
    }

    [Fact]
    public void Nginx_waits_for_longer_than_a_gateway_that_works_is_silent()
    {
        var template = File.ReadAllText(Path.Combine(NginxConfiguration.Shipped, "nginx.conf.template"));
        var waits = int.Parse(
            Regex.Match(template, @"^\s*proxy_read_timeout (\d+)s;", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);

        Assert.InRange(waits, (1.5 * new EdgeOptions().KeepAliveSeconds) + 5, 30);
    }

    [Fact]
    public async Task With_a_certificate_443_serves_what_the_plain_listener_serves()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Certificate(key);
        var port = FreePort.Next();
        await using var gateway = await StandIn.StartAsync();
        await using var nginx = await NginxProcess.StartAsync([gateway.Address], folder => WriteTls(folder, port, certificate, key));
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == certificate.Thumbprint };
        using var http = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{port}") };

        using var models = await http.GetAsync("/v1/models");
        Assert.Equal(HttpStatusCode.OK, models.StatusCode);
        Assert.Equal("https", Assert.Single(gateway.Seen).Headers["X-Forwarded-Proto"]);
        using var metrics = await http.GetAsync("/metrics");
        Assert.Equal((404, "unknown_url"), ((int)metrics.StatusCode, RawHttp.Code(await metrics.Content.ReadAsStringAsync())));

        var (status, body) = await RawHttp.AskAsync(http.BaseAddress, "GET", "/v1/models"); // plain HTTP to 443
        Assert.Equal((400, "bad_http_request"), (status, RawHttp.Code(body)));
        Assert.Equal(200, (await RawHttp.AskAsync(nginx.Address, "GET", "/v1/models")).Status);
    }

    /// <summary>The example that ships, on another port.</summary>
    private static void WriteTls(DirectoryInfo folder, int port, X509Certificate2 certificate, ECDsa key)
    {
        var example = File.ReadAllText(Path.Combine(NginxConfiguration.Shipped, "tls", "tls.conf.example"));
        Assert.Contains("listen 443 ssl;", example, StringComparison.Ordinal);
        var tls = Path.Combine(folder.FullName, "tls");
        File.WriteAllText(Path.Combine(tls, "tls.conf"), example.Replace("listen 443", $"listen 127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(tls, "tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(tls, "tls.key"), key.ExportPkcs8PrivateKeyPem());
    }

    private static X509Certificate2 Certificate(ECDsa key)
    {
        var request = new CertificateRequest("CN=clawdbot.test", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
