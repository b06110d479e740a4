using System.Globalization;

namespace Clawdbot.Testing.Processes;

/// <summary>Renders <c>deploy/nginx/nginx.conf.template</c> as the entry point of Nginx's image does.</summary>
internal static class NginxConfiguration
{
    public static string Shipped { get; } = Path.Combine(Repository.Root, "deploy", "nginx");

    /// <summary>Writes <c>nginx.conf</c> and what it needs into a folder.</summary>
    public static void Write(DirectoryInfo folder, IEnumerable<Uri> gateways, int port, int statusPort, string host = "127.0.0.1")
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
        folder.CreateSubdirectory("temp");
        folder.CreateSubdirectory("tls");
        File.WriteAllText(Path.Combine(folder.FullName, "nginx.conf"), Render(new()
        {
            ["GATEWAY_SERVERS"] = string.Join('\n', gateways.Select(Servers)),
            ["NGINX_LISTEN"] = $"{host}:{port.ToString(CultureInfo.InvariantCulture)}",
            ["NGINX_STATUS_LISTEN"] = $"127.0.0.1:{statusPort.ToString(CultureInfo.InvariantCulture)}",
            ["NGINX_TEMP_PATH"] = Path.Combine(folder.FullName, "temp"),
            ["NGINX_LOCAL_RESOLVERS"] = "127.0.0.1",
        }));
    }

    /// <summary>Arguments that start Nginx in the foreground with the configuration in <paramref name="folder"/>.</summary>
    public static string[] Arguments(DirectoryInfo folder) =>
        ["-p", folder.FullName, "-c", Path.Combine(folder.FullName, "nginx.conf"), "-g", $"daemon off; pid {folder.FullName}/nginx.pid;"];

    private static string Servers(Uri gateway) =>
        $"server {gateway.Authority} max_fails=1 fail_timeout=2s; server {gateway.Authority} backup max_fails=0;";

    private static string Render(Dictionary<string, string> environment)
    {
        var text = File.ReadAllText(Path.Combine(Shipped, "nginx.conf.template"));
        return environment.Aggregate(text,
            (rendered, variable) => rendered.Replace($"${{{variable.Key}}}", variable.Value, StringComparison.Ordinal));
    }
}
