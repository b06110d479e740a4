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
        foreach (var (name, seconds) in (ReadOnlySpan<(string, int)>)[("replica-", 130), ("gateway-", 150), ("nginx-deployment", 165)])
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
        var outside = Assert.Single(Documents.OfType<V1Service>(), s => s.Spec.Type != "ClusterIP");
        Assert.Equal("nginx", outside.Spec.Selector["app.kubernetes.io/component"]);
        Assert.Equal(80, Assert.Single(outside.Spec.Ports).Port);
    }

    [Fact]
    public void Every_service_selects_the_pods_of_one_deployment()
    {
        foreach (var service in Documents.OfType<V1Service>())
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
        Assert.Equal(4, mounted.Count); // nginx, prometheus, Grafana's provisioning and dashboards
        foreach (var volume in mounted)
        {
            foreach (var item in volume.ConfigMap.Items)
            {
                var folder = volume.Name[(volume.Name.IndexOf('-', StringComparison.Ordinal) + 1)..];
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

    private static IReadOnlyList<T> Of<T>(string name) where T : IKubernetesObject<V1ObjectMeta> =>
        [.. Documents.OfType<T>().Where(d => d.Metadata.Name.StartsWith(name, StringComparison.Ordinal))];
}
