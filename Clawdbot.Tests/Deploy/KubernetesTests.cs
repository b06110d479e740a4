using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;
using k8s;
using k8s.Models;
using Xunit;

namespace Clawdbot.Tests.Deploy;

/// <summary>The published chart.</summary>
public sealed class KubernetesTests
{
    private static readonly IReadOnlyList<object> Documents = [.. Chart.Render().SelectMany(d => KubernetesYaml.LoadAllFromString(d.Yaml, strict: true))];

    [Fact]
    public void Every_document_loads_as_what_it_says_it_is()
    {
        Assert.Equal(Chart.Render().Count, Documents.Count);
        Assert.All(Documents, d => Assert.IsType<IKubernetesObject>(d, exactMatch: false));
    }

    [Fact]
    public void Each_replica_is_a_pod_of_its_own_with_a_GPU_and_the_limits_of_the_original_document()
    {
        var replicas = Of<V1Deployment>("replica-");
        Assert.Equal(2, replicas.Count);
        Assert.All(replicas, r =>
        {
            Assert.Equal((1, "Recreate"), (r.Spec.Replicas, r.Spec.Strategy.Type)); // there is no second GPU to roll onto
            var limits = Assert.Single(r.Spec.Template.Spec.Containers).Resources.Limits;
            Assert.Equal(("8", "16Gi", "1"), (limits["cpu"].ToString(), limits["memory"].ToString(), limits["nvidia.com/gpu"].ToString()));
            Assert.True(r.Spec.Template.Spec.Containers[0].VolumeMounts.Single(m => m.MountPath == "/models").ReadOnlyProperty);
        });
        Assert.Equal(["ReadWriteMany"], Assert.Single(Documents.OfType<V1PersistentVolumeClaim>()).Spec.AccessModes);
    }

    [Fact]
    public void Whoever_serves_has_probes_and_longer_than_what_he_has_to_finish()
    {
        foreach (var (name, seconds) in (ReadOnlySpan<(string, int)>)[("replica-", 130), ("gateway-", 150), ("nginx-0", 170), ("nginx-1", 170)])
        {
            Assert.All(Of<V1Deployment>(name), d =>
            {
                var pod = d.Spec.Template.Spec;
                Assert.True(pod.TerminationGracePeriodSeconds > seconds, d.Metadata.Name);
                foreach (var probe in (V1Probe[])[pod.Containers[0].StartupProbe, pod.Containers[0].LivenessProbe, pod.Containers[0].ReadinessProbe])
                    Assert.Equal("HTTP", probe.HttpGet.Scheme);
            });
        }
    }

    [Fact]
    public void Only_Nginx_is_reachable_from_outside_and_only_its_public_port()
    {
        var outside = Outside();
        Assert.Equal(80, Assert.Single(outside.Spec.Ports).Port);
        Assert.Equal(["nginx-0", "nginx-1"], Selected(outside.Spec.Selector));
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("nginx")]
    [InlineData("replica")]
    public void Those_that_stand_in_for_each_other_are_on_different_nodes_and_are_not_taken_away_at_once(string group)
    {
        var budget = Assert.Single(Documents.OfType<V1PodDisruptionBudget>(), b => b.Metadata.Name == $"{group}-budget");
        Assert.Equal("1", budget.Spec.MaxUnavailable.ToString());
        Assert.Equal([$"{group}-0", $"{group}-1"], Selected(budget.Spec.Selector.MatchLabels));
        foreach (var deployment in Of<V1Deployment>($"{group}-").Where(d => !d.Metadata.Name.Contains("exporter", StringComparison.Ordinal)))
        {
            var spread = Assert.Single(deployment.Spec.Template.Spec.TopologySpreadConstraints);
            Assert.Equal(("kubernetes.io/hostname", "ScheduleAnyway", 1), (spread.TopologyKey, spread.WhenUnsatisfiable, spread.MaxSkew));
            Assert.Equal([$"{group}-0", $"{group}-1"], Selected(spread.LabelSelector.MatchLabels));
        }
    }

    [Fact]
    public void Each_Nginx_serves_on_until_the_others_have_heard_that_it_stops_and_is_measured_by_an_exporter_of_its_own()
    {
        Assert.All(Of<V1Deployment>("nginx-").Where(d => !d.Metadata.Name.Contains("exporter", StringComparison.Ordinal)), d =>
        {
            var stop = Assert.Single(d.Spec.Template.Spec.Containers).Lifecycle.PreStop;
            Assert.Equal(["sleep", "5"], stop.Exec.Command);
            Assert.True(stop is { HttpGet: null, TcpSocket: null, Sleep: null }); // a cluster refuses two
        });
        foreach (var i in (ReadOnlySpan<int>)[0, 1])
        {
            var exporter = Assert.Single(Of<V1Deployment>($"nginx-exporter-{i}"));
            Assert.Contains($"//nginx-{i}-service:8082/", Assert.Single(exporter.Spec.Template.Spec.Containers[0].Args), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_service_selects_the_pods_of_one_deployment()
    {
        foreach (var service in Documents.OfType<V1Service>().Except([Outside()]))
        {
            Assert.Single(Documents.OfType<V1Deployment>(), d =>
                service.Spec.Selector.All(label => d.Spec.Template.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value));
        }
    }

    [Fact]
    public void What_a_pod_mounts_is_there_with_every_file_as_it_is_in_the_repository()
    {
        var maps = Documents.OfType<V1ConfigMap>().ToDictionary(m => m.Metadata.Name);
        var mounted = Documents.OfType<V1Deployment>().SelectMany(d => d.Spec.Template.Spec.Volumes ?? []).Where(v => v.ConfigMap is not null).ToList();
        Assert.Equal(5, mounted.Count); // twice nginx, prometheus, Grafana's provisioning and dashboards
        foreach (var volume in mounted)
        {
            foreach (var item in volume.ConfigMap.Items)
            {
                var folder = volume.Name[(volume.Name.LastIndexOf('-') + 1)..];
                var source = Path.Combine(Repository.Root, "deploy", folder is "provisioning" or "dashboards" ? Path.Combine("grafana", folder) : folder, item.Path);
                Assert.Equal(File.ReadAllText(source), maps[volume.ConfigMap.Name].Data[item.Key]);
            }
        }
    }

    [Fact]
    public void No_secret_has_a_value()
    {
        Assert.All(Documents.OfType<V1Secret>().SelectMany(s => s.StringData), v => Assert.Equal("", v.Value));
        Assert.All(Documents.OfType<V1ConfigMap>().SelectMany(m => m.Data).Where(v => v.Key.Contains("Secret", StringComparison.Ordinal)),
            v => Assert.StartsWith("/run/secrets/", v.Value, StringComparison.Ordinal));
    }

    private static V1Service Outside() => Assert.Single(Documents.OfType<V1Service>(), s => s.Spec.Type != "ClusterIP");

    /// <summary>Components of the pods that have these labels.</summary>
    private static IEnumerable<string> Selected(IDictionary<string, string> labels) => Documents.OfType<V1Deployment>()
        .Select(d => d.Spec.Template.Metadata.Labels)
        .Where(pod => labels.All(label => pod.TryGetValue(label.Key, out var value) && value == label.Value))
        .Select(pod => pod["app.kubernetes.io/component"]).Order(StringComparer.Ordinal);

    private static IReadOnlyList<T> Of<T>(string name) where T : IKubernetesObject<V1ObjectMeta> =>
        [.. Documents.OfType<T>().Where(d => d.Metadata.Name.StartsWith(name, StringComparison.Ordinal))];
}
